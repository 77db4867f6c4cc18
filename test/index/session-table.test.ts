// What is held of sessions in columns is what plain objects say that were told the same.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTold } from '../../src/core/told.ts';
import { modelsOf } from '../../src/index/book/session-facts.ts';
import { SessionTable } from '../../src/index/book/session-table.ts';
import { SpendingRows } from '../../src/index/book/spending-rows.ts';
import { UsageTable } from '../../src/index/book/usage-table.ts';
import { countsBefore } from '../../src/index/rows/gathered-facts.ts';
import type { CwdRow, TitleRow } from '../../src/index/rows/gathered-facts.ts';
import { Spending } from '../../src/index/spending/spending.ts';

const few = fc.integer({ min: 0, max: 4 });
const session = fc.integer({ min: 1, max: 90 });
const ms = fc.integer({ min: -1, max: 3 });
const activity = fc.record({ records: few, messages: few, toolCalls: few, errors: few, bytes: few, firstMs: ms, lastMs: ms });
const title = fc.record({ rank: fc.integer({ min: 1, max: 4 }), at: ms, line: few, title: fc.constantFrom('', 'ä', 'two words') });
const cwd = fc.record({ at: ms, line: few, cwd: fc.constantFrom('', '/a', '/ü') });

interface Held {
  agents: Map<number, { records: number; messages: number; toolCalls: number; errors: number; firstMs: number; lastMs: number }>;
  bytes: number;
  titles: TitleRow[];
  cwds: CwdRow[];
}

const timeOf = (times: readonly number[], choose: (...of: number[]) => number): number => (times.some((time) => time !== -1) ? choose(...times.filter((time) => time !== -1)) : -1);

describe('the table of sessions', () => {
  it('says what was told of each', () => {
    const step = fc.record({ session, agent: fc.integer({ min: 0, max: 3 }), activity: fc.option(activity), title: fc.option(title), cwd: fc.option(cwd) });
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [table, model] = [new SessionTable(), new Map<number, Held>()];
      for (const { session: ix, agent, activity: did, title: named, cwd: went } of steps) {
        expect(table.begin(ix)).toBe(!model.has(ix));
        const held: Held = model.get(ix) ?? { agents: new Map(), bytes: 0, titles: [], cwds: [] };
        model.set(ix, held);
        if (did !== null) {
          table.addActivity(ix, agent, did);
          const { bytes, ...rest } = did;
          const known = held.agents.get(agent) ?? { records: 0, messages: 0, toolCalls: 0, errors: 0, firstMs: -1, lastMs: -1 };
          held.agents.set(agent, {
            records: known.records + rest.records, messages: known.messages + rest.messages, toolCalls: known.toolCalls + rest.toolCalls, errors: known.errors + rest.errors,
            firstMs: timeOf([known.firstMs, rest.firstMs], Math.min), lastMs: Math.max(known.lastMs, rest.lastMs),
          });
          held.bytes += bytes;
        }
        if (named !== null) {
          table.addTitle({ session: ix, ...named });
          held.titles.push({ session: ix, ...named });
        }
        if (went !== null) {
          table.addCwds({ first: { session: ix, ...went }, last: { session: ix, ...went } });
          held.cwds.push({ session: ix, ...went });
        }
      }
      expect(table.last).toBe(Math.max(0, ...model.keys()));
      for (let ix = 1; ix <= 91; ix++) expect(table.has(ix)).toBe(model.has(ix));
      for (const [ix, { agents, bytes, titles, cwds }] of model) {
        const [main, times] = [agents.get(0), [...agents.values()]];
        expect([table.of.records[ix], table.of.messages[ix], table.of.toolCalls[ix], table.of.errors[ix], table.of.bytes[ix]]).toEqual([main?.records ?? 0, main?.messages ?? 0, main?.toolCalls ?? 0, main?.errors ?? 0, bytes]);
        expect([table.of.firstMs[ix], table.of.lastMs[ix]]).toEqual([timeOf(times.map(({ firstMs }) => firstMs), Math.min), timeOf(times.map(({ lastMs }) => lastMs), Math.max)]);
        const orNull = (time: number): number | null => (time === -1 ? null : time);
        const shown = [...agents].filter(([agent]) => agent > 0).map(([agent, of]) => ({ ix: agent, firstMs: orNull(of.firstMs), lastMs: orNull(of.lastMs), records: of.records, messages: of.messages, toolCalls: of.toolCalls, errors: of.errors }));
        expect(table.agentsOf(ix)).toEqual(shown);
        const rank = Math.max(...titles.map((one) => one.rank));
        const best = titles.filter((one) => one.rank === rank).toSorted((a, b) => (countsBefore(a, b) ? -1 : countsBefore(b, a) ? 1 : 0))[0];
        expect(table.titleOf(ix)).toBe(best?.title ?? null);
        const told = cwds.toSorted((a, b) => compareTold(a, b, [a.cwd, b.cwd]));
        const last = told.at(-1);
        expect(table.cwdOf(ix)).toBe(told[0]?.cwd ?? null);
        expect(table.lastCwdOf(ix)).toEqual(last === undefined ? null : { cwd: last.cwd, atMs: last.at, line: last.line });
      }
    }));
  });
});

describe('rows of spending', () => {
  it('say what was put there', () => {
    const amount = fc.integer({ min: 0, max: 2 ** 40 });
    const sums = fc.record({ calls: amount, unpriced: amount, input: amount, output: amount, cacheCreation: amount, cacheRead: amount, cost: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 20n }) });
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 150 }), sums)), (told) => {
      const [rows, model] = [new SpendingRows(), new Map<number, Spending>()];
      for (const [row, spent] of told) {
        rows.set(row, spent);
        model.set(row, new Spending().add(spent));
      }
      for (let row = 0; row < 200; row++) expect(rows.at(row)).toEqual(model.get(row) ?? new Spending());
    }));
  });
});

describe('models of a session', () => {
  it('are those that an agent has calls of, also asked for one by one', () => {
    const row = fc.record({ session: fc.integer({ min: 1, max: 3 }), agent: fc.integer({ min: 0, max: 2 }), model: fc.integer({ min: 1, max: 3 }), bucket: few, calls: fc.integer({ min: -2, max: 2 }) });
    fc.assert(fc.property(fc.uniqueArray(row, { selector: ({ session: of, agent, model, bucket }) => `${of}/${agent}/${model}/${bucket}`, maxLength: 30 }), (rows) => {
      const table = new UsageTable();
      for (const { calls, ...place } of rows) table.append({ ...place, tier: 0 }, [calls, 0, 0, 0, 0, 0, 0]);
      for (const of of [1, 2, 3, 4]) {
        const models = modelsOf(table.rowsOf(of));
        expect([1, 2, 3].filter((model) => table.hasCallsOf(of, model))).toEqual([1, 2, 3].filter((model) => models.has(model)));
      }
    }));
  });
});
