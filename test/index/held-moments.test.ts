// Series and sums of tools from what is held in memory are those that the tables give.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeriesRequest } from '../../src/core/answers/questions.ts';
import { METRICS } from '../../src/core/answers/series.ts';
import { bucketWidth } from '../../src/core/time/time-buckets.ts';
import type { Lake } from '../../src/index/lake.ts';
import { histories, operationsOf } from './support/histories.ts';
import { TestIndex } from './support/test-index.ts';

type Filter = SeriesRequest['filter'];

const DAY_MS = 86_400_000;
/** Bounds inside of a quarter hour are answered from the tables, and let the same through where no time is so near. */
const FROM_TABLES: Filter = { sinceMs: -DAY_MS + 1, untilMs: Date.UTC(9999, 0, 1) + 1 };
const FROM_MEMORY: Filter = { sinceMs: -DAY_MS, untilMs: Date.UTC(9999, 0, 1) };

async function answers(lake: Lake, filter: Filter): Promise<unknown> {
  const widths = [{ name: 'hour', timezone: 'UTC' }, { name: 'day', timezone: 'Asia/Kolkata' }];
  const series = METRICS.flatMap((metric) => widths.map(({ name, timezone }) => lake.series({ metric, bucket: bucketWidth(name), points: 3, filter, timezone })));
  return { series: await Promise.all(series), tools: await lake.aggregate({ groupBy: 'tool', filter, timezone: 'UTC' }) };
}

describe('moments that are held', () => {
  it('say what the tables say, of everything and of each session', async () => {
    await fc.assert(fc.asyncProperty(histories(5), async (steps) => {
      const index = await TestIndex.open();
      try {
        for (const ops of operationsOf(steps)) {
          await index.commit(ops);
          const [session] = (await index.lake.sessions({}, 'started_at', { limit: 1 })).items;
          for (const place of [{}, { session: session?.id ?? 'none' }, { status: 'completed' as const }]) {
            expect(await answers(index.lake, { ...place, ...FROM_MEMORY })).toEqual(await answers(index.lake, { ...place, ...FROM_TABLES }));
          }
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 5, endOnFailure: true });
  }, 180_000);
});
