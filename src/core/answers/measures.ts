// What records of configured sources can be grouped by, their dimensions, and their numbers, their measures.

import type { AggregateItem } from './aggregate-answer.ts';
import type { DimensionFilter } from './record.ts';
import type { BucketWidth } from '../time/time-buckets.ts';

/** The names that are configured. */
export interface ValueNames {
  dimensions: readonly string[];
  measures: readonly string[];
}

export const NO_VALUES: ValueNames = { dimensions: [], measures: [] };

/** Places and times as of sessions and their records. */
export interface ValueFilter {
  session?: string;
  project?: string;
  source?: string;
  sinceMs?: number;
  untilMs?: number;
  dimension?: DimensionFilter;
}

export interface DimensionRequest {
  dimension: string;
  filter: ValueFilter;
}

export interface MeasureSums {
  count: number;
  sum: number;
  min: number;
  max: number;
}

export interface DimensionItem extends AggregateItem {
  records: number;
  measures: Record<string, MeasureSums>;
}

export interface DimensionAnswer {
  /** With the dimension's value under its name, in the order of the values. */
  items: (DimensionItem & Record<string, unknown>)[];
  /** Of the records that have the dimension. */
  totals: DimensionItem;
  /** Where the prices are from. */
  prices: { source: string; date: string };
}

export interface MeasureRequest {
  measure: string;
  /** Null: every moment that has a value is a point. */
  bucket: BucketWidth | null;
  points: number;
  filter: ValueFilter;
  timezone: string;
}
