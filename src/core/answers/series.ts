// A time series and how it is made shorter. Points that are left out are not averaged away: of each run of
// buckets the least and the greatest stay, so a peak of five minutes shows in a year. What a point stands
// for besides itself is in its `sum`, so the sums of all points are the total in any case.

export const METRICS = [
  'input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'cost_usd', 'calls', 'messages', 'tool_calls', 'errors',
] as const;
export type Metric = (typeof METRICS)[number];

export function isMetric(name: string): name is Metric {
  return (METRICS as readonly string[]).includes(name);
}

export interface SeriesPoint {
  /** Where the bucket begins. */
  time: string;
  /** Of the bucket; null where it has costs and none of them is known. */
  value: number | null;
  /** Of the bucket and of those that are left out after it, or before it at the beginning of a run. */
  sum: number | null;
}

export interface SeriesAnswer {
  /** In the order of time; buckets in which nothing was are left out. */
  items: SeriesPoint[];
  /** A metric, or the name of a measure. */
  metric: string;
  bucket: string;
  timezone: string;
  /** Buckets were left out because there were more than `points`. */
  downsampled: boolean;
  total: number | null;
  /** The part of the total that has no time, so is in no bucket. */
  undated: number | null;
}

/** Where a run of `length` values is cut: which stay, and up to where each one stands for the others. */
export interface Kept {
  /** Index of the value that stays. */
  at: number;
  /** It stands for the values [from, to). */
  from: number;
  to: number;
}

/** At most `points` of the values; the greatest and the least of each of `points / 2` runs, in their order. */
export function minMax(values: readonly number[], points: number): Kept[] {
  const { length } = values;
  if (length <= points) return values.map((_, at) => ({ at, from: at, to: at + 1 }));
  const runs = Math.max(1, Math.floor(points / 2));
  const kept: Kept[] = [];
  for (let run = 0; run < runs; run++) {
    const from = Math.floor((run * length) / runs);
    const to = Math.floor(((run + 1) * length) / runs);
    const [least, greatest] = extremes(values, from, to);
    if (points === 1 || least === greatest) {
      kept.push({ at: greatest, from, to });
      continue;
    }
    const [first, second] = least < greatest ? [least, greatest] : [greatest, least];
    kept.push({ at: first, from, to: second }, { at: second, from: second, to });
  }
  return kept;
}

/** Where the least and the greatest value of [from, to) are, the first of equals. */
function extremes(values: readonly number[], from: number, to: number): [least: number, greatest: number] {
  let [least, greatest] = [from, from];
  for (let at = from + 1; at < to; at++) {
    if ((values[at] as number) < (values[least] as number)) least = at;
    if ((values[at] as number) > (values[greatest] as number)) greatest = at;
  }
  return [least, greatest];
}
