// What is known of sessions in memory is what the tables say, after whatever was committed, and a version that
// did not change stands for an answer that did not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstOf } from '../../src/index/book/best.ts';
import { answersOf } from './support/answers.ts';
import { histories, operationsOf } from './support/histories.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';
import { assistantLine } from '../support/claude-lines.ts';

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
    }), { numRuns: 3, endOnFailure: true });
  }, 120_000);

  it('says the same after several commits that nobody asked between', async () => {
    await fc.assert(fc.asyncProperty(histories(12), fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), async (steps, asked) => {
      const index = await TestIndex.open();
      try {
        await index.lake.sessions({}, 'started_at', { limit: 1 });
        await index.lake.files({}, { limit: 1 });
        const all = operationsOf(steps);
        for (const [i, ops] of all.entries()) {
          await index.commit(ops);
          if (asked[i] === false && i < all.length - 1) continue;
          const fresh = Object.assign(Object.create(index) as TestIndex, { lake: index.newLake() });
          expect(await answersOf(index)).toEqual(await answersOf(fresh));
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 3, endOnFailure: true });
  }, 120_000);

  it('counts each call of a tool once, however many commits wait', async () => {
    const index = await TestIndex.open();
    try {
      const file = new SourceFile(1, '-p/s1.jsonl');
      const tools = async (): Promise<number> => (await index.lake.aggregate({ groupBy: 'tool', filter: {}, timezone: 'UTC' })).totals.calls;
      expect(await tools()).toBe(0);
      for (const n of [1, 2, 3]) await index.commit([file.read([assistantLine({ session: 's1', n, content: [{ type: 'tool_use', id: `t${n}`, name: 'Bash', input: {} }] })])]);
      expect(await tools()).toBe(3);
    } finally {
      await index.remove();
    }
  });

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
    }), { numRuns: 3, endOnFailure: true });
  }, 120_000);

  it('gives the first of a list as sorting it would', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.integer()), fc.integer({ min: 1, max: 20 }), (items, count) => {
      expect(firstOf(items, count, (a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b).slice(0, count));
    }));
  });
});
