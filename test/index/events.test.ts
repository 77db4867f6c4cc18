// Pages of events are looked for as far as the page before reached: that must not show in them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventRequest } from '../../src/core/answers/questions.ts';
import type { LakeRecord } from '../../src/core/answers/record.ts';
import type { Lake } from '../../src/index/lake.ts';
import { histories, operationsOf } from './support/histories.ts';
import { TestIndex } from './support/test-index.ts';

const REQUESTS: EventRequest[] = (['asc', 'desc'] as const).flatMap((order) =>
  [{}, { isError: false }, { withRole: true as const }, { types: ['user', 'no such type'] }, { agent: null }, { sinceMs: Date.UTC(2026, 9, 1), untilMs: Date.UTC(2026, 9, 1, 0, 30) }].flatMap((filter) => [1, 4].map((limit) => ({ filter, order, limit, content: 'none' as const, duplicates: false }))));

async function pagesOf(lake: Lake, request: EventRequest): Promise<LakeRecord[][]> {
  const pages: LakeRecord[][] = [];
  for (let cursor: string | null = null; pages.length < 3; ) {
    const page = await lake.events({ ...request, ...(cursor === null ? {} : { cursor }) });
    pages.push(page.items);
    cursor = page.next_cursor;
    if (cursor === null) break;
  }
  return pages;
}

describe('events', () => {
  it('are the same however often and at whatever time they were asked for before, and wherever their rows are', async () => {
    await fc.assert(fc.asyncProperty(histories(10), async (steps) => {
      const index = await TestIndex.open();
      try {
        for (const ops of operationsOf(steps)) {
          await index.commit(ops);
          // Those of the first lake are asked for before anything takes what waits into the tables.
          const told = await Promise.all(REQUESTS.map((request) => pagesOf(index.lake, request)));
          const plain = index.newLake();
          for (const [i, request] of REQUESTS.entries()) expect(told[i]).toEqual(await pagesOf(plain, request));
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 4, endOnFailure: true });
  }, 120_000);
});
