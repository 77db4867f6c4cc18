// Values of the engine as JSON, so that none loses what it is: whole numbers beyond 2^53 and decimals are
// text, times are ISO 8601, bytes are base64, what JSON has no number for is text.

import {
  DuckDBArrayValue, DuckDBBlobValue, DuckDBListValue, DuckDBMapValue, DuckDBStructValue, DuckDBTimestampMillisecondsValue, DuckDBTimestampSecondsValue, DuckDBTimestampTZValue, DuckDBTimestampValue, DuckDBUnionValue,
} from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export function jsonOf(value: DuckDBValue): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(jsonOf);
  if (value instanceof DuckDBStructValue) return objectOf(Object.entries(value.entries));
  // Keys of a map may be anything, and an object's are text.
  if (value instanceof DuckDBMapValue) return value.entries.map(({ key, value: of }) => ({ key: jsonOf(key), value: jsonOf(of) }));
  if (value instanceof DuckDBUnionValue) return jsonOf(value.value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return isoOf(value.micros, value.toString());
  if (value instanceof DuckDBTimestampMillisecondsValue) return isoOf(value.millis * 1000n, value.toString());
  if (value instanceof DuckDBTimestampSecondsValue) return isoOf(value.seconds * 1_000_000n, value.toString());
  // Decimals, UUIDs, dates, times of a day, intervals, bits: they have one usual way of being written.
  return String(value);
}

/** Defined rather than set: a column may be called `__proto__`. */
export function objectOf(entries: readonly (readonly [string, DuckDBValue])[]): { [key: string]: Json } {
  return Object.fromEntries(entries.map(([key, value]) => [key, jsonOf(value)]));
}

/** With milliseconds, or microseconds where there are some; `other` for what no date of JavaScript is. */
function isoOf(micros: bigint, other: string): string {
  const date = new Date(Math.floor(Number(micros) / 1000));
  if (Number.isNaN(date.getTime()) || !Number.isSafeInteger(Number(micros))) return other;
  const rest = Number(((micros % 1000n) + 1000n) % 1000n);
  return rest === 0 ? date.toISOString() : date.toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}
