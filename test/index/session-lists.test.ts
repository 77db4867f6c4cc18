// Lists of sessions and of projects, kept as sessions change, are those made anew.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProjectTable } from '../../src/index/book/project-table.ts';
import type { SessionFacts } from '../../src/index/book/session-facts.ts';
import { SessionOrder } from '../../src/index/book/session-order.ts';
import type { Place } from '../../src/index/book/session-order.ts';
import { Spending } from '../../src/index/spending/spending.ts';
import { histories, operationsOf } from './support/histories.ts';
import { TestIndex } from './support/test-index.ts';

const ix = fc.integer({ min: 1, max: 9 });
const time = fc.integer({ min: -1, max: 6 });
const compare = (a: Place, b: Place): number => a.ms - b.ms || a.ix - b.ix;

describe('the order of sessions', () => {
  it('is that of sorting them, from any place and in both directions', () => {
    const step = fc.record({ changes: fc.array(fc.tuple(ix, fc.option(time, { freq: 8 })), { maxLength: 6 }), after: fc.option(fc.record({ ms: time, ix })) });
    fc.assert(fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const order = new SessionOrder();
      const times = new Map<number, number>();
      for (const { changes, after } of steps) {
        for (const [session, ms] of changes) {
          if (ms === null) times.delete(session);
          else times.set(session, ms);
          order.touch(session);
        }
        order.place((session) => times.get(session) ?? null);
        const sorted = [...times].map(([session, ms]) => ({ ix: session, ms })).toSorted(compare);
        expect([...order.walk(1, after)]).toEqual(sorted.filter((one) => after === null || compare(one, after) > 0));
        expect([...order.walk(-1, after)]).toEqual(sorted.toReversed().filter((one) => after === null || compare(one, after) < 0));
      }
    }), { numRuns: 500, endOnFailure: true });
  });
});

describe('a list that goes on while lines arrive', () => {
  it('has the pages of who reads everything anew, and no session twice', async () => {
    await fc.assert(fc.asyncProperty(histories(12), fc.constantFrom('-last_activity' as const, 'started_at' as const), async (steps, sort) => {
      const index = await TestIndex.open();
      try {
        const all = operationsOf(steps);
        for (const ops of all.slice(0, 6)) await index.commit(ops);
        const first = await index.lake.sessions({}, sort, { limit: 1 });
        const projects = await index.lake.projects({ limit: 1 });
        const seen = first.items.map(({ id }) => id);
        let [cursor, ofProjects] = [first.next_cursor, projects.next_cursor];
        for (const ops of all.slice(6)) {
          await index.commit(ops);
          const fresh = index.newLake();
          if (ofProjects !== null) {
            const page = await index.lake.projects({ limit: 1, cursor: ofProjects });
            expect(page).toEqual(await fresh.projects({ limit: 1, cursor: ofProjects }));
            ofProjects = page.next_cursor;
          }
          if (cursor === null) continue;
          const page = await index.lake.sessions({}, sort, { limit: 1, cursor });
          expect(page).toEqual(await fresh.sessions({}, sort, { limit: 1, cursor }));
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.next_cursor;
        }
        expect(new Set(seen).size).toBe(seen.length);
      } finally {
        await index.remove();
      }
    }), { numRuns: 12, endOnFailure: true });
  }, 120_000);
});

function factsOf(project: string, calls: number, firstMs: number, lastMs: number): SessionFacts {
  const all = Object.assign(new Spending(), { calls, cost: BigInt(calls) * 7n, input: calls * 3 });
  const lastCwd = { cwd: `/${calls}`, atMs: lastMs, line: calls };
  return { project, source: calls % 2 === 0 ? 'a' : 'b', all, firstMs, lastMs, lastCwd } as SessionFacts;
}

describe('the table of projects', () => {
  it('says what adding up the sessions of each says, also where sessions come to another project', () => {
    const step = fc.record({ session: ix, project: fc.constantFrom('p', 'q', 'r'), calls: fc.integer({ min: 0, max: 5 }), earlier: fc.integer({ min: 0, max: 3 }), later: fc.integer({ min: 0, max: 3 }), isAsked: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const table = new ProjectTable();
      const sessions = new Map<number, SessionFacts>();
      for (const { session, project, calls, earlier, later, isAsked } of steps) {
        const known = sessions.get(session);
        const facts = factsOf(project, calls, (known?.firstMs ?? 50) - earlier, (known?.lastMs ?? 50) + later);
        // A session's source is one for ever, and a folder that was told stays told.
        sessions.set(session, known === undefined ? facts : { ...facts, source: known.source, lastCwd: later === 0 ? known.lastCwd : facts.lastCwd });
        table.touch(session);
        if (!isAsked) continue;
        table.count((number) => sessions.get(number));
        const anew = new ProjectTable();
        for (const number of sessions.keys()) anew.touch(number);
        anew.count((number) => sessions.get(number));
        const byId = (of: ProjectTable): unknown[] => [...of.all()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
        expect(byId(table)).toEqual(byId(anew));
        for (const sums of table.all()) {
          const inIt = [...sessions.values()].filter((one) => one.project === sums.id);
          expect({ sessions: sums.sessions, calls: sums.spent.calls, cost: sums.spent.cost }).toEqual({ sessions: inIt.length, calls: inIt.reduce((sum, { all }) => sum + all.calls, 0), cost: inIt.reduce((sum, { all }) => sum + all.cost, 0n) });
        }
        for (const number of sessions.keys()) expect(table.of(number)).toBe(sessions.get(number)?.project);
      }
    }), { numRuns: 300, endOnFailure: true });
  });
});
