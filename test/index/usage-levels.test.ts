// Sums are the same from whatever they are made: by quarter hour, by session, by agent, from the rows of usage, or from
// single calls in the tables.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AggregateAnswer } from '../../src/core/answers/aggregate-answer.ts';
import { grouped } from '../../src/core/grouped.ts';
import { GROUPINGS } from '../../src/core/answers/grouping.ts';
import type { SessionFilter } from '../../src/core/answers/questions.ts';
import { ItemPages } from '../../src/index/book/item-pages.ts';
import { histories, operationsOf } from './support/histories.ts';
import { TestIndex } from './support/test-index.ts';

const DAY_MS = 86_400_000;
const LATE_MS = Date.UTC(9999, 0, 1);
/** Everything in other words: a bound where nothing is, every source, both, and a bound inside a quarter hour. */
const ALL: SessionFilter[] = [{ sinceMs: -DAY_MS }, { status: 'completed' }, { status: 'completed', sinceMs: -DAY_MS }, { sinceMs: -DAY_MS + 1 }];
const DATED: SessionFilter[] = [{ untilMs: LATE_MS }, { status: 'completed', untilMs: LATE_MS }, { untilMs: LATE_MS + 1 }];

describe('sums of usage', () => {
  it('are the same from wherever they come, as objects and as JSON', async () => {
    await fc.assert(fc.asyncProperty(histories(6), async (steps) => {
      const index = await TestIndex.open();
      try {
        await index.lake.aggregateText({ groupBy: 'agent', filter: {}, timezone: 'UTC' });
        for (const ops of operationsOf(steps)) {
          await index.commit(ops);
          for (const groupBy of [null, ...GROUPINGS]) {
            for (const byModel of [false, true]) {
              const ask = async (filter: SessionFilter): Promise<string> => JSON.stringify(await index.lake.aggregate({ groupBy, byModel, filter, timezone: 'Asia/Kolkata' }));
              const whole = await ask({});
              expect(String(await index.lake.aggregateText({ groupBy, byModel, filter: {}, timezone: 'Asia/Kolkata' }))).toBe(whole);
              for (const filter of groupBy === 'tool' && byModel ? [] : ALL) expect(await ask(filter)).toBe(whole);
            }
          }
          const [dated, ...others] = await Promise.all(DATED.map((filter) => index.lake.aggregate({ groupBy: 'hour', filter, timezone: 'UTC' })));
          for (const other of others) expect(other).toEqual(dated);
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 5, endOnFailure: true });
  }, 180_000);

  it('add up to their totals', async () => {
    await fc.assert(fc.asyncProperty(histories(8), async (steps) => {
      const index = await TestIndex.open();
      try {
        for (const ops of operationsOf(steps)) await index.commit(ops);
        for (const groupBy of GROUPINGS) {
          const { items, totals } = JSON.parse(String(await index.lake.aggregateText({ groupBy, filter: {}, timezone: 'UTC' }))) as AggregateAnswer;
          for (const name of ['calls', 'input_tokens', 'output_tokens', 'cache_read_input_tokens', 'unpriced_calls'] as const) expect(items.reduce((sum, item) => sum + item[name], 0)).toBe(totals[name]);
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 5, endOnFailure: true });
  }, 60_000);
});

describe('pages of items', () => {
  it('are the items in the order of their names, whatever changed when', () => {
    const changes = fc.array(fc.array(fc.record({ number: fc.nat(2000), value: fc.nat(3) }), { maxLength: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(changes, fc.integer({ min: 1, max: 2000 }), (steps, names) => {
      const values = new Map<number, number>();
      const changed = new Set<number>();
      // Several numbers have one name.
      const nameOf = (number: number): string => `n${number % names}`;
      const itemOf = (name: string, numbers: readonly number[]): string | null => {
        const sum = numbers.reduce((total, number) => total + (values.get(number) ?? 0), 0);
        return sum === 0 ? null : `${name}=${sum}`;
      };
      const pages = new ItemPages({ nameOf, itemOf }, changed);
      for (const step of steps) {
        for (const { number, value } of step) {
          values.set(number, value);
          changed.add(number);
        }
        while (!pages.refresh(0));
        const byName = grouped(values.keys(), nameOf);
        const expected = [...byName.keys()].toSorted().map((name) => itemOf(name, byName.get(name) ?? [])).filter((item) => item !== null);
        expect(pages.texts.join(',')).toBe(expected.join(','));
      }
    }), { numRuns: 50, endOnFailure: true });
  });
});
