// Windows of five hours of usage and what each holds. Those of the whole lake are kept: what changes in a quarter hour
// changes only the block that it is in and those behind.

import type { BlockItem } from '../../core/answers/block-item.ts';
import { isoFromMs } from '../../core/time/time.ts';
import { blocksOf } from '../../core/answers/usage-blocks.ts';
import type { Directories } from '../names/directories.ts';
import { modelNames } from '../names/model-names.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import { GroupSums } from './group-sums.ts';
import type { Summed } from './sum-columns.ts';
import type { UsageLevels } from './usage-levels.ts';

export interface UsageBlock {
  startMs: number;
  /** Exclusive. */
  endMs: number;
  /** The quarter hours of its first and its last call. */
  first: number;
  last: number;
  /** As one that does not run. */
  item: BlockItem;
}

/** Gives rows of usage, each with its quarter hour and its model. */
export type EachUsageRow = (use: (sums: Summed, row: number, bucket: number, model: number) => void) => void;

/** In the order of time. */
export function usageBlocksOf(each: EachUsageRow, names: Directories): UsageBlock[] {
  const calls = new Map<number, number>();
  each((sums, row, bucket) => calls.set(bucket, (calls.get(bucket) ?? 0) + (sums.calls[row] as number)));
  const blocks = blocksOf([...calls].filter(([, some]) => some !== 0).map(([quarter]) => ({ atMs: quarter < 0 ? -1 : quarter * QUARTER_HOUR_MS, quarter })));
  const blockAt = new Map(blocks.flatMap(({ points }, i) => points.map(({ quarter }) => [quarter, i])));
  /** By model. */
  const spends = blocks.map(() => new Map<number, GroupSums>());
  each((sums, row, bucket, model) => {
    const spend = spends[blockAt.get(bucket) ?? -1];
    if (spend === undefined) return;
    let of = spend.get(model);
    if (of === undefined) spend.set(model, (of = new GroupSums()));
    of.add(sums, row);
  });
  return blocks.map(({ startMs, endMs, points }, i) => ({
    startMs, endMs, first: points[0]?.quarter ?? 0, last: points.at(-1)?.quarter ?? 0, item: blockItem(startMs, endMs, spends[i] ?? new Map(), names),
  }));
}

export class LakeBlocks {
  private readonly levels: UsageLevels;
  private readonly names: Directories;
  private blocks: UsageBlock[] = [];

  constructor(levels: UsageLevels, names: Directories) {
    this.levels = levels;
    this.names = names;
  }

  /** In the order of time. */
  current(): readonly UsageBlock[] {
    const changedMs = this.levels.takeChangedQuarter() * QUARTER_HOUR_MS;
    // Where a block begins depends on all that was before it.
    const kept = this.blocks.findLastIndex(({ endMs }) => endMs <= changedMs) + 1;
    if (changedMs === Number.POSITIVE_INFINITY) return this.blocks;
    const from = (this.blocks[kept - 1]?.endMs ?? 0) / QUARTER_HOUR_MS;
    const { quarters, byQuarter } = this.levels;
    const each: EachUsageRow = (use) => {
      for (let row = 0; row < quarters.length; row++) {
        const bucket = quarters.bucket[row] as number;
        if (bucket >= from) use(byQuarter, row, bucket, quarters.kind[row] as number);
      }
    };
    this.blocks = [...this.blocks.slice(0, kept), ...usageBlocksOf(each, this.names)];
    return this.blocks;
  }
}

function blockItem(startMs: number, endMs: number, spend: ReadonlyMap<number, GroupSums>, names: Directories): BlockItem {
  const total = new GroupSums();
  for (const sums of spend.values()) if (sums.calls !== 0) total.addSums(sums);
  const models = [...spend].filter(([model, { calls }]) => calls !== 0 && model !== 0).map(([model]) => model);
  return {
    started_at: isoFromMs(startMs), ends_at: isoFromMs(endMs), active: false, models: modelNames(models, names), ...total.item(),
    first_call_at: null, last_call_at: null, burn_rate: null, projection: null,
  };
}
