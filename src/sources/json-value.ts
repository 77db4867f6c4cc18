// Reading fields of parsed lines that may hold anything.

import type { JsonObject } from './adapter.ts';

export function objectOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A non-empty string, or null. */
export function stringOf(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 ? value : null;
}

/** More than all models together ever saw at once; below it sums of thousands of calls stay exact. */
const MAX_COUNT = 2 ** 40;

/** A token count: a whole number from 0 to what a call can plausibly use; 0 for anything else. */
export function countOf(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= MAX_COUNT ? Math.trunc(value) : 0;
}
