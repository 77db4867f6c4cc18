// Questions about sessions that are held in memory: the same answers as from the database, whatever arrives in
// between, however often it is asked meanwhile, and where only some sessions find room.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compact } from '../../src/index/commit/compaction.ts';
import { HeldSessions } from '../../src/index/held/held-sessions.ts';
import type { HeldLimits } from '../../src/index/held/held-sessions.ts';
import type { Lake } from '../../src/index/lake.ts';
import { histories, operationsOf } from './support/histories.ts';
import { SourceFile } from './support/source-file.ts';
import { statementsOf } from './support/statements.ts';
import { TestIndex } from './support/test-index.ts';
import { assistantLine, userLine } from '../support/claude-lines.ts';

const AT = Date.UTC(2026, 9, 1, 0, 30);

async function pages(ask: (cursor: string | undefined) => Promise<{ items: readonly unknown[]; next_cursor: string | null }>): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask(cursor);
    items.push(...page.items);
    if (page.next_cursor === null) return items;
    cursor = page.next_cursor;
  }
}

/** What one lake answers about a session, page by page. */
async function answersAbout(lake: Lake, session: string): Promise<Record<string, unknown>> {
  const filters = [{}, { agent: null, withRole: true }, { agent: 'a1' }, { types: ['user', 'nothing'] }, { tools: ['Bash', 'odd "name"}'] }, { role: 'assistant', isError: false }, { model: 'claude-a', sinceMs: AT, untilMs: AT + 900_000 }, { project: 'elsewhere' }, { file: 2 }];
  const messages = filters.flatMap((filter) => (['asc', 'desc'] as const).map((order) => pages((cursor) => lake.messages({ filter: { session, ...filter }, order, content: 'none', duplicates: order === 'desc', limit: 3, ...(cursor === undefined ? {} : { cursor }) }))));
  const timeline = async (includeChildren: boolean, depth: number): Promise<unknown> => {
    const asked = { includeChildren, depth, limit: 2 };
    const { timeline_total: total } = await lake.views.timeline(session, asked);
    return [total, await pages((cursor) => lake.views.timeline(session, { ...asked, ...(cursor === undefined ? {} : { cursor }) }))];
  };
  return {
    messages: await Promise.all(messages),
    skipped: await lake.messages({ filter: { session }, order: 'asc', content: 'none', duplicates: false, limit: 2, offset: 2 }),
    timelines: await Promise.all([timeline(false, 1), timeline(true, 1), timeline(true, 3)]),
    exchanges: await pages((cursor) => lake.views.exchanges(session, { limit: 2, ...(cursor === undefined ? {} : { cursor }) })),
    skippedExchanges: await lake.views.exchanges(session, { limit: 1, offset: 1 }),
    tools: await lake.views.tools(session),
    metrics: await lake.views.metrics(session),
    states: await Promise.all([null, AT].map((at) => lake.views.state(session, at))),
    ledger: await pages((cursor) => lake.ledger(session, { limit: 2, ...(cursor === undefined ? {} : { cursor }) })),
    ledgerTotals: (await lake.ledger(session, { limit: 1 })).totals,
  };
}

describe('sessions that are held', () => {
  it('are answered for as the database answers, after whatever was committed', async () => {
    // All commits, some or none go through the journal: what came since is at hand then, or in the tables alone.
    await fc.assert(fc.asyncProperty(histories(10), fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }), fc.constantFrom(0, 1500, 65_536), async (steps, asked, journalMaxBytes) => {
      const index = await TestIndex.open(undefined, undefined, { journalMaxBytes });
      try {
        for (const [i, ops] of operationsOf(steps).entries()) {
          await index.commit(ops);
          if (steps[i]?.afterwards === 'restart') await index.restart();
          if (asked[i] === false) continue;
          const fresh = index.newLake();
          for (const { id } of (await fresh.sessions({}, 'started_at', { limit: 500 })).items) expect(await answersAbout(index.lake, id)).toEqual(await answersAbout(fresh, id));
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 3, endOnFailure: true });
  }, 120_000);

  it('have another ledger only with another version of it', async () => {
    const step = fc.record({ file: fc.nat(3), call: fc.nat(2), n: fc.nat(50), moves: fc.boolean(), asks: fc.boolean() });
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
      const index = await TestIndex.open();
      const files = [0, 1, 2, 3].map((ix) => new SourceFile(ix + 1, `-p/s${ix}.jsonl`));
      const seen = new Map<string, { version: string; ledger: unknown }>();
      try {
        for (const { file: ix, call, n, moves, asks } of steps) {
          const file = files[ix] as SourceFile;
          const { lines, path } = file.entry;
          await index.commit([moves && lines > 0 ? file.change({ path: `${path}x` }) : file.read([assistantLine({ session: `s${ix}`, n, message: `m${call}`, request: `r${call}` })])]);
          if (!asks) continue;
          for (const { id } of (await index.lake.sessions({}, 'started_at', { limit: 10 })).items) {
            const ledger = await index.newLake().ledger(id, { limit: 100 });
            // Asking finds out what its version goes by.
            expect(await index.lake.ledger(id, { limit: 100 })).toEqual(ledger);
            const version = index.versions.ledger(id);
            const before = seen.get(id);
            if (before?.version === version) expect(ledger).toEqual(before.ledger);
            seen.set(id, { version, ledger });
          }
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 3, endOnFailure: true });
  }, 120_000);

  it('of records that are written again show the newest, as the database does', async () => {
    const line = fc.record({
      id: fc.constantFrom('r1', 'r2', 'r3'),
      type: fc.constantFrom('user', 'gemini', 'error'),
      timestamp: fc.nat(100).map((seconds) => new Date(AT + seconds * 1000).toISOString()),
      content: fc.constantFrom('one', 'two'),
      model: fc.constant('gemini-2.5-pro'),
      tokens: fc.record({ input: fc.nat(50), output: fc.nat(50) }),
      toolCalls: fc.array(fc.record({ id: fc.constantFrom('t1', 't2'), name: fc.constantFrom('read', 'run'), status: fc.constantFrom('success', 'error') }), { maxLength: 2 }),
    }, { requiredKeys: ['id', 'type'] });
    await fc.assert(fc.asyncProperty(fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 }), async (commits) => {
      const index = await TestIndex.open();
      try {
        const file = new SourceFile(1, 'hash/chats/session-s1.jsonl', { source: 'gemini' });
        for (const lines of commits) {
          await index.commit([file.read([JSON.stringify({ sessionId: 's1', startTime: new Date(AT).toISOString() }), ...lines.map((one) => JSON.stringify(one))])]);
          expect(await answersAbout(index.lake, 's1')).toEqual(await answersAbout(index.newLake(), 's1'));
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 3, endOnFailure: true });
  }, 120_000);

  it.each([['by way of the journal', 65_536], ['in the tables at once', 0]])('tell in the ledger what came in other sessions since, %s', async (_, journalMaxBytes) => {
    const index = await TestIndex.open(undefined, undefined, { journalMaxBytes });
    try {
      const call = { message: 'm1', request: 'r1' };
      const [mine, fork] = [new SourceFile(1, '-p/s1.jsonl'), new SourceFile(2, '-p/s2.jsonl')];
      const linesOf = async (lake: Lake, session = 's2'): Promise<unknown> => (await lake.ledger(session, { limit: 10 })).items.map(({ owner_session_id, lines }) => [owner_session_id, lines.map((line) => [line.session_id, line.path, line.kept])]);
      await index.commit([mine.read([assistantLine({ session: 's1', n: 1, ...call })])]);
      await index.commit([fork.read([assistantLine({ session: 's2', n: 5, ...call })])]);
      expect(await linesOf(index.lake)).toEqual([['s1', [['s1', `${mine.entry.root}/-p/s1.jsonl`, true], ['s2', `${fork.entry.root}/-p/s2.jsonl`, false]]]]);
      await index.commit([mine.read([assistantLine({ session: 's1', n: 2, ...call })])]);
      expect(await linesOf(index.lake)).toEqual(await linesOf(index.newLake()));
      await index.commit([mine.read([assistantLine({ session: 's1', n: 3, message: 'm2', request: 'r2' })])]);
      await index.commit([fork.read([assistantLine({ session: 's2', n: 6, message: 'm2', request: 'r2' })])]);
      // Lines elsewhere that came before the session had the call, looked at and merged in between.
      for (const [n, merged] of [[3, false], [4, true], [5, false], [6, false]] as const) {
        await index.commit([mine.read([assistantLine({ session: 's1', n: 10 * n, message: `m${n}`, request: 'r' })])]);
        await linesOf(index.lake);
        await index.commit([fork.read([assistantLine({ session: 's2', n: 10 * n + 5, message: `m${n}`, request: 'r' })])]);
        if (merged) await index.writer.exclusively(compact);
        expect(await linesOf(index.lake)).toEqual(await linesOf(index.newLake()));
        // Its owner, too, which has no line of anybody else's.
        expect(await linesOf(index.lake, 's1')).toEqual(await linesOf(index.newLake(), 's1'));
      }
      await index.commit([mine.change({ path: '-p/moved.jsonl' })]);
      expect(await linesOf(index.lake)).toEqual(await linesOf(index.newLake()));
      expect(JSON.stringify(await linesOf(index.lake))).toContain('-p/moved.jsonl');
    } finally {
      await index.remove();
    }
  });

  it('of a thread in several files tell its messages in order of time, as the database does', async () => {
    const index = await TestIndex.open();
    try {
      const [later, earlier] = [new SourceFile(1, '-q/s1.jsonl'), new SourceFile(2, '-p/s1.jsonl')];
      await index.commit([later.read([userLine({ session: 's1', n: 9 }), userLine({ session: 's1', n: 8 })])]);
      const seconds = async (lake: Lake): Promise<(number | null)[]> =>
        (await pages((cursor) => lake.messages({ filter: { session: 's1', agent: null, withRole: true }, order: 'asc', content: 'none', duplicates: false, limit: 1, ...(cursor === undefined ? {} : { cursor }) })) as { ts: string | null }[]).map(({ ts }) => (ts === null ? null : new Date(ts).getUTCSeconds()));
      for (const lake of [index.lake, index.newLake()]) expect(await seconds(lake)).toEqual([9, 8]);
      // What another file repeats is shown where it was.
      await index.commit([earlier.read([userLine({ session: 's1', n: 9 })])]);
      for (const lake of [index.lake, index.newLake()]) expect(await seconds(lake)).toEqual([9, 8]);
      await index.commit([earlier.read([userLine({ session: 's1', n: 1 }), userLine({ session: 's1', n: 2 })])]);
      for (const lake of [index.lake, index.newLake()]) expect(await seconds(lake)).toEqual([1, 2, 8, 9]);
    } finally {
      await index.remove();
    }
  });

  it('list models that cost the same and were called as often by name, whichever came first', async () => {
    const index = await TestIndex.open();
    try {
      await index.commit([new SourceFile(1, '-p/s1.jsonl').read(['model-c', 'model-a', 'model-b'].map((model, n) => assistantLine({ session: 's1', n, model })))]);
      expect((await index.lake.views.metrics('s1')).models.map(({ model }) => model)).toEqual(['model-a', 'model-b', 'model-c']);
    } finally {
      await index.remove();
    }
  });

  describe('within their bounds', () => {
    let index: TestIndex;
    let file: SourceFile;
    let n = 0;
    const more = async (count: number): Promise<void> => index.commit([file.read(Array.from({ length: count }, () => userLine({ session: 's1', n: n++ })))]);
    const held = (limits?: HeldLimits): HeldSessions => new HeldSessions({ readers: index.readers, names: index.writer, commits: { versions: index.versions, changes: index.versions.changes, pending: () => index.writer.pending() }, limits });
    const number = (): number => index.writer.sessions.ixOfId('s1') ?? -1;

    beforeEach(async () => {
      index = await TestIndex.open();
      file = new SourceFile(1, '-p/s1.jsonl');
      await more(10);
    });
    afterEach(() => index.remove());

    it('are read once, and then as much as came since', async () => {
      const sessions = held();
      expect((await sessions.of(number()))?.rows).toBe(10);
      expect(await statementsOf(() => sessions.of(number()))).toEqual([]);
      await more(3);
      // What the journal has is at hand, also once it is in the tables.
      expect(await statementsOf(async () => expect((await sessions.of(number()))?.rows).toBe(13))).toEqual([]);
      await more(3);
      await index.writer.settle();
      await more(2);
      expect(await statementsOf(async () => expect((await sessions.of(number()))?.rows).toBe(18))).toEqual([]);
      // A commit that is too large for the journal is in the tables alone.
      await more(500);
      expect(await statementsOf(async () => expect((await sessions.of(number()))?.rows).toBe(518))).toHaveLength(1);
      const lines = (await sessions.of(number()))?.columns.integers.line.subarray(0, 518);
      expect([...(lines ?? [])]).toEqual(Array.from({ length: 518 }, (_, line) => line + 1));
    });

    it('are read once for all who ask at the same time, with what was committed before each asked', async () => {
      const sessions = held();
      const asked = [sessions.of(number()), sessions.of(number())];
      await more(1);
      asked.push(sessions.of(number()), sessions.of(number()));
      const rows = await Promise.all(asked);
      expect(rows.slice(2).map((one) => one?.rows)).toEqual([11, 11]);
      expect(await statementsOf(() => sessions.of(number()))).toEqual([]);
    });

    it('are left to the database where they are too large, also when they grow to be so', async () => {
      const sessions = held({ maxBytes: 1_000_000, sessionMaxRows: 12 });
      expect((await sessions.of(number()))?.rows).toBe(10);
      await more(3);
      expect(await sessions.of(number())).toBeNull();
      expect(await statementsOf(() => sessions.of(number()))).toEqual([]);
    });

    it('are answered for, and not kept, where they find no room', async () => {
      const sessions = held({ maxBytes: 100, sessionMaxRows: 1000 });
      expect((await sessions.of(number()))?.rows).toBe(10);
      expect(await statementsOf(() => sessions.of(number()))).toHaveLength(1);
    });
  });
});
