// Reading fields of parsed lines that may hold anything.

import { UuidWords } from '../core/id-bytes.ts';
import type { Id } from '../core/id-bytes.ts';
import { msFromIso } from '../core/time/time.ts';
import type { JsonObject } from './adapter.ts';
import { noteOddity } from './oddities.ts';

export function objectOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects in a list; what else is in it is left out. */
export function objectsOf(value: unknown): JsonObject[] {
  return arrayOf(value).map(objectOf).filter((element) => element !== null);
}

/** A non-empty string, or null. */
export function stringOf(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 ? value : null;
}

/** As `stringOf`, for what is only passed on. Of another type it is noted. */
export function idOf(value: unknown): Id | null {
  if (value instanceof UuidWords || value === undefined || value === null) return value ?? null;
  return keyOf(value);
}

/** As `stringOf`, for what names something. Of another type it is noted. */
export function keyOf(value: unknown): string | null {
  if (value !== undefined && value !== null && typeof value !== 'string') noteOddity('wrong_type');
  return stringOf(value);
}

/** As `objectOf`, for what a record cannot do without. Of another type it is noted. */
export function partOf(value: unknown): JsonObject | null {
  const part = objectOf(value);
  if (part === null && value !== undefined && value !== null) noteOddity('wrong_type');
  return part;
}

/** A time that was read without making a text of it. */
export class ReadTime {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** The milliseconds of an ISO time; NaN for anything else. */
export function timeOf(value: unknown): number {
  if (value instanceof ReadTime) return value.ms;
  if (value === undefined || value === null) return Number.NaN;
  const ms = typeof value === 'string' ? msFromIso(value) : Number.NaN;
  if (Number.isNaN(ms)) noteOddity(typeof value === 'string' ? 'absurd_time' : 'wrong_type');
  return ms;
}

/** More than all models together ever saw at once; below it sums of thousands of calls stay exact. */
const MAX_COUNT = 2 ** 40;

/** A token count: a whole number from 0 to what a call can plausibly use; 0 for anything else, which is noted. */
export function countOf(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_COUNT) return Math.trunc(value);
  if (value !== undefined && value !== null) noteOddity(typeof value === 'number' ? 'absurd_number' : 'wrong_type');
  return 0;
}
