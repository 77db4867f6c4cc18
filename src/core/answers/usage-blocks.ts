// Windows of five hours, in which some agents' plans count usage: a block begins at the full hour (UTC) of
// the first call after the block before it, and ends five hours later. Pure, over calls or over sums of
// calls by the quarter hour, as neither an hour nor five end inside one.

const BLOCK_MS = 5 * 3_600_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export interface Block<T> {
  startMs: number;
  /** Exclusive. */
  endMs: number;
  points: T[];
}

/** Points without a time (-1) are in no block. */
export function blocksOf<T extends { atMs: number }>(points: readonly T[]): Block<T>[] {
  const blocks: Block<T>[] = [];
  for (const point of points.filter(({ atMs }) => atMs >= 0).toSorted((a, b) => a.atMs - b.atMs)) {
    const last = blocks.at(-1);
    if (last !== undefined && point.atMs < last.endMs) {
      last.points.push(point);
      continue;
    }
    const startMs = Math.floor(point.atMs / HOUR_MS) * HOUR_MS;
    blocks.push({ startMs, endMs: startMs + BLOCK_MS, points: [point] });
  }
  return blocks;
}

/** What a running block has used, and between which calls. */
export interface BlockSpend {
  tokens: number;
  costUsd: number | null;
  firstMs: number;
  lastMs: number;
}

export interface BurnRate {
  tokens_per_minute: number;
  cost_per_hour_usd: number | null;
}

/** What the block will have used at its end if it goes on like this. */
export interface BlockProjection {
  remaining_minutes: number;
  tokens: number;
  cost_usd: number | null;
}

/** Null while all calls are of one moment: that is no rate. */
export function burnRate({ tokens, costUsd, firstMs, lastMs }: BlockSpend): BurnRate | null {
  const minutes = (lastMs - firstMs) / MINUTE_MS;
  if (minutes <= 0) return null;
  return { tokens_per_minute: tokens / minutes, cost_per_hour_usd: costUsd === null ? null : (costUsd / minutes) * 60 };
}

export function projection(spend: BlockSpend, rate: BurnRate, endMs: number, nowMs: number): BlockProjection {
  const minutes = Math.max(0, endMs - nowMs) / MINUTE_MS;
  const more = rate.cost_per_hour_usd === null ? null : (rate.cost_per_hour_usd / 60) * minutes;
  return {
    remaining_minutes: Math.round(minutes),
    tokens: Math.round(spend.tokens + rate.tokens_per_minute * minutes),
    cost_usd: spend.costUsd === null || more === null ? null : spend.costUsd + more,
  };
}
