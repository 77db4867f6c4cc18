// What is known of sessions in memory is what the tables say, after whatever was committed, and a version that
// did not change stands for an answer that did not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstOf } from '../../src/index/book/best.ts';
import { answersOf } from './support/answers.ts';
import { histories, operationsOf } from './support/histories.ts';
import { TestIndex } from './support/test-index.ts';

describe('the book of sessions', () => {
  it('says after every commit what reading everything anew says', async () => {
    await fc.assert(fc.asyncProperty(histories(10), async (steps) => {
      const index = await TestIndex.open();
      try {
        for (const [i, ops] of operationsOf(steps).entries()) {
          await index.commit(ops);
          const { afterwards } = steps[i] as (typeof steps)[number];
          if (afterwards === 'restart') await index.restart();
          const fresh = Object.assign(Object.create(index) as TestIndex, { lake: index.newLake() });
          expect(await answersOf(index)).toEqual(await answersOf(fresh));
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 8 });
  }, 120_000);

  it('belongs to versions: where that of a session is the same, so is all that is told of it', async () => {
    await fc.assert(fc.asyncProperty(histories(10), async (steps) => {
      const index = await TestIndex.open();
      try {
        const told = new Map<string, { version: string; answer: string }>();
        for (const ops of operationsOf(steps)) {
          await index.commit(ops);
          for (const session of (await index.lake.sessions({}, 'started_at', { limit: 500 })).items) {
            const { id } = session;
            const version = index.versions.session(id);
            const answer = JSON.stringify([session, await index.lake.tree(id), await index.lake.aggregate({ groupBy: 'model', filter: { session: id }, timezone: 'UTC' }), await index.lake.files({ session: id }, { limit: 50 })]);
            const before = told.get(id);
            if (before?.version === version) expect(answer).toBe(before.answer);
            told.set(id, { version, answer });
          }
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 8 });
  }, 120_000);

  it('gives the first of a list as sorting it would', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.integer()), fc.integer({ min: 1, max: 20 }), (items, count) => {
      expect(firstOf(items, count, (a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b).slice(0, count));
    }));
  });
});
