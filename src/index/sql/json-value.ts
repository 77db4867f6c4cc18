// Values of the engine as JSON, so that none loses what it is: whole numbers beyond 2^53 and decimals are
// text, times are ISO 8601, bytes are base64, what JSON has no number for is text.

import {
  DuckDBArrayValue, DuckDBBlobValue, DuckDBDateValue, DuckDBListValue, DuckDBMapValue, DuckDBStructValue, DuckDBTimestampMillisecondsValue, DuckDBTimestampNanosecondsValue, DuckDBTimestampSecondsValue, DuckDBTimestampTZValue,
  DuckDBTimestampValue, DuckDBUnionValue,
} from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { TupleValue } from './whole-structs.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export function jsonOf(value: DuckDBValue): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(jsonOf);
  if (value instanceof TupleValue) return value.items.map(jsonOf);
  if (value instanceof DuckDBStructValue) return objectOf(Object.entries(value.entries));
  // Keys of a map may be anything, and an object's are text.
  if (value instanceof DuckDBMapValue) return value.entries.map(({ key, value: of }) => ({ key: jsonOf(key), value: jsonOf(of) }));
  if (value instanceof DuckDBUnionValue) return jsonOf(value.value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDateValue) return value.isFinite ? String(value) : infinite(value.days > 0);
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return timeOf(value, value.micros, 1_000_000n);
  if (value instanceof DuckDBTimestampMillisecondsValue) return timeOf(value, value.millis, 1000n);
  if (value instanceof DuckDBTimestampSecondsValue) return timeOf(value, value.seconds, 1n);
  if (value instanceof DuckDBTimestampNanosecondsValue) return timeOf(value, value.nanos, 1_000_000_000n);
  // Decimals, UUIDs, dates, times of a day, intervals, bits: they have one usual way of being written.
  return String(value);
}

/** Defined rather than set: a column may be called `__proto__`. */
export function objectOf(entries: readonly (readonly [string, DuckDBValue])[]): { [key: string]: Json } {
  return Object.fromEntries(entries.map(([key, value]) => [key, jsonOf(value)]));
}

/** With milliseconds, or as many digits as there are. Years that ISO 8601 writes with a sign are left as the engine writes them. */
function timeOf(value: { isFinite: boolean }, units: bigint, unitsPerSecond: bigint): string {
  if (!value.isFinite) return infinite(units > 0n);
  const rest = ((units % unitsPerSecond) + unitsPerSecond) % unitsPerSecond;
  const second = (units - rest) / unitsPerSecond;
  const date = new Date(Number(second) * 1000);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) return String(value);
  const nanos = String(rest * (1_000_000_000n / unitsPerSecond)).padStart(9, '0');
  const digits = nanos.endsWith('000000') ? 3 : nanos.endsWith('000') ? 6 : 9;
  return `${date.toISOString().slice(0, -'000Z'.length)}${nanos.slice(0, digits)}Z`;
}

function infinite(positive: boolean): string {
  return positive ? 'infinity' : '-infinity';
}
