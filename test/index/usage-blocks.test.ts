// Blocks of usage, kept as usage changes, are those made anew.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageBlocksOf, LakeBlocks } from '../../src/index/book/usage-blocks.ts';
import type { EachUsageRow } from '../../src/index/book/usage-blocks.ts';
import { UsageLevels } from '../../src/index/book/usage-levels.ts';
import { UsageTable } from '../../src/index/book/usage-table.ts';
import { AgentDirectory, SessionDirectory, StringDirectory } from '../../src/index/names/directories.ts';
import { histories, operationsOf } from './support/histories.ts';
import { TestIndex } from './support/test-index.ts';

const FIRST_QUARTER = 1_990_000;
const MODELS = ['claude-a', 'claude-b'];
/** Some days, with gaps between; -1 for calls without a time. */
const bucket = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 200 }).map((quarter) => FIRST_QUARTER + quarter) }, { weight: 1, arbitrary: fc.constant(-1) });
const step = fc.record({ calls: fc.array(fc.record({ bucket, model: fc.integer({ min: 0, max: 2 }), calls: fc.integer({ min: 0, max: 2 }) }), { maxLength: 4 }), asks: fc.boolean() });

describe('the blocks of the whole lake', () => {
  it('are those made anew, whatever changed since they were asked for', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const strings = new StringDirectory();
      for (const model of MODELS) strings.ixOf(model);
      const names = { strings, sessions: new SessionDirectory(), agents: new AgentDirectory() };
      const [table, levels] = [new UsageTable(), new UsageLevels()];
      const blocks = new LakeBlocks(levels, names);
      const rows = new Map<string, number>();
      const each: EachUsageRow = (use) => {
        for (let row = 0; row < table.length; row++) use(table, row, table.bucket[row] as number, table.model[row] as number);
      };
      for (const { calls: changes, asks } of steps) {
        for (const { bucket: quarter, model, calls } of changes) {
          const key = `${quarter}/${model}`;
          const row = rows.get(key) ?? table.append({ session: 1, agent: 0, model, tier: 0, bucket: quarter }, [0, 0, 0, 0, 0, 0, 0]);
          if (rows.has(key)) levels.change(table, row, -1);
          rows.set(key, row);
          [table.calls[row], table.input[row], table.micro[row]] = [calls, calls * quarter, calls * 7];
          levels.change(table, row, 1);
        }
        if (asks) expect(blocks.current()).toEqual(usageBlocksOf(each, names));
      }
      expect(blocks.current()).toEqual(usageBlocksOf(each, names));
    }), { numRuns: 300, endOnFailure: true });
  });

  it('and the calls of each model are those of who reads everything anew', async () => {
    await fc.assert(fc.asyncProperty(histories(8), async (steps) => {
      const index = await TestIndex.open();
      try {
        for (const ops of operationsOf(steps)) {
          await index.commit(ops);
          const fresh = index.newLake();
          const blocks = await index.lake.usageBlocks({ filter: {}, activeOnly: false });
          expect(blocks).toEqual(await fresh.usageBlocks({ filter: {}, activeOnly: false }));
          expect(await index.lake.prices()).toEqual(await fresh.prices());
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 6, endOnFailure: true });
  }, 120_000);
});
