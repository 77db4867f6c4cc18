// The buckets of a time series. Days, weeks, months and whatever is longer than an hour follow the clocks of
// a time zone, so a day may have 23 or 25 hours; up to an hour buckets are elapsed time, so an hour that the
// clocks show twice is two.

import { DAY_MS } from './time.ts';
import type { ZoneOffsets } from './zone-offsets.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
/** Monday, 5 January 1970. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

export interface BucketWidth {
  /** `hour`, `day`, `week`, `month`, or a duration such as `5m`. */
  name: string;
  /** Null: a calendar month. */
  ms: number | null;
}

const NAMED: readonly BucketWidth[] = [{ name: 'hour', ms: HOUR_MS }, { name: 'day', ms: DAY_MS }, { name: 'week', ms: 7 * DAY_MS }, { name: 'month', ms: null }];

/** The widths that are chosen from where none is asked for, the finest first. */
export const WIDTHS: readonly BucketWidth[] = [{ name: '15m', ms: 15 * MINUTE_MS }, ...NAMED];

/** Null for what is no width. */
export function bucketWidth(text: string): BucketWidth | null {
  const named = NAMED.find((width) => width.name === text);
  if (named !== undefined) return named;
  const [, amount, unit = ''] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? [];
  return amount === undefined ? null : { name: text, ms: Number(amount) * (UNITS_MS[unit] as number) };
}

/** The first moment of the bucket that a moment is in. */
export function bucketStart({ name, ms: width }: BucketWidth, offsets: ZoneOffsets, ms: number): number {
  const offset = offsets.at(ms);
  const wall = ms + offset;
  if (width === null) return offsets.firstAt(monthOf(wall));
  const origin = name === 'week' ? FIRST_MONDAY_MS : 0;
  const start = Math.floor((wall - origin) / width) * width + origin;
  if (width > HOUR_MS) return offsets.firstAt(start);
  const first = start - offset;
  // Where the clocks change inside it, it begins with the change.
  return offsets.at(first) === offset ? first : offsets.changeBetween(first, ms);
}

function monthOf(wall: number): number {
  const date = new Date(wall);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}
