// What is held of how agents began, and follows the commits, is what the views for users say, which are one statement.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LINK_RULES } from '../../src/core/scan-batch.ts';
import type { Sidecar } from '../../src/core/sidecar.ts';
import { CommitChanges } from '../../src/index/follow/commit-changes.ts';
import type { Beginnings, CommitChange } from '../../src/index/follow/commit-changes.ts';
import { NOTHING_CHANGED } from '../../src/index/calls/call-ledger.ts';
import { AgentDirectory } from '../../src/index/names/directories.ts';
import type { SessionName } from '../../src/index/names/session-name.ts';
import { allLinksSql } from '../../src/index/links/links.ts';
import { ReaderPool } from '../../src/index/store/reader-pool.ts';
import { SessionLinks } from '../../src/index/links/session-links.ts';
import { SourceFile } from './support/source-file.ts';
import { statementsOf } from './support/statements.ts';
import { TestIndex } from './support/test-index.ts';
import { userLine } from '../support/claude-lines.ts';

let index: TestIndex;
beforeEach(async () => {
  index = await TestIndex.open();
});
afterEach(() => index.remove());

const SESSIONS: readonly SessionName[] = [
  { ix: 1, id: 's', source: 'claude-code', project: 'p', owner: { main: true, place: '' } },
  { ix: 2, id: 's~codex', source: 'codex', project: 'p', owner: { main: true, place: '' } },
];
/** By session, the agents 1 to 3 and 4 to 6, which have the same names. */
const AGENTS = SESSIONS.flatMap(({ ix }, n) => ['a', 'b', 'é'].map((id, i) => ({ session: ix, ix: 3 * n + i + 1, id })));

const place = { at: fc.nat(2), line: fc.nat(2) };
const agent = fc.constantFrom(...AGENTS.map(({ ix }) => ix));
/** A session, and of its threads the main one or an agent's. */
const threads = fc.constantFrom(...SESSIONS.flatMap(({ ix }, n) => [0, 1, 2, 3].map((i) => ({ session: ix, agent: i === 0 ? 0 : 3 * n + i }))));
const call = fc.constantFrom('t1', 't2', 't3');
const text = fc.constantFrom(null, 'x', 'y', '𝒳', '\uFFFD');
/** Whether one of the two before it is told again, and what is another then. */
const again = { back: fc.constantFrom(1, 2), again: fc.constantFrom(null, 'elsewhere' as const, 'otherwise' as const) };
const prompt = fc.constantFrom(0n, 1n, 2n ** 32n, 2n ** 64n - 1n);
const facts = fc.record({
  tasks: fc.array(fc.record({ ...again, ...place, thread: threads, call, type: text, description: text, prompt, run: text }), { maxLength: 8 }),
  origins: fc.array(fc.record({ agent, prompt, run: text }), { maxLength: 8 }),
  links: fc.array(fc.record({ ...again, ...place, agent: fc.constantFrom(1, 1, 1, 2, 5), call, rule: fc.constantFrom('tool_result' as const, 'tool_result' as const, ...LINK_RULES), parent: fc.nat(3) }), { maxLength: 8 }),
  sidecars: fc.array(fc.record({ source: fc.constantFrom('claude-code', 'codex'), root: fc.constantFrom('/r', '/q'), name: fc.constantFrom('a', 'b', 'é'), folder: fc.constantFrom('x', 'y'), modified: fc.nat(2), call: fc.option(call), type: text, description: text }), { maxLength: 6 }),
});
type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

const sql = (value: string | number | bigint | null): string => (typeof value === 'string' ? `'${value}'` : String(value));
const rows = (table: string, values: readonly (readonly (string | number | bigint | null)[])[]): string => (values.length === 0 ? '' : `INSERT INTO ${table} VALUES ${values.map((row) => `(${row.map(sql).join(',')})`).join(',')};`);

const NOTHING: CommitChange = {
  seq: 0, top: 0, sessions: [], linking: [], beginnings: { agents: [], origins: [], links: [], tasks: [], sidecars: [] }, files: [], fileSessions: [], activity: [], tools: [], titles: [], cwds: [], calls: NOTHING_CHANGED, rejects: [], oddities: [],
};

/** What is told step by step, in the tables and to who follows. Agents come with the first who tells of them. */
class Story {
  private readonly agents: number[] = [];
  private sidecars = 0;

  /** `isLast`: with all agents that are left. */
  next({ tasks: someTasks, origins, links: someLinks, sidecars }: Facts, isLast: boolean): Beginnings {
    const tasks = repeated(someTasks, ({ description }) => ({ description }));
    const links = repeated(someLinks, ({ rule }) => ({ rule }));
    const known = this.agents.length;
    const highest = isLast ? AGENTS.length : Math.max(0, ...tasks.map((t) => t.thread.agent), ...origins.map((o) => o.agent), ...links.flatMap((l) => [l.agent, parentOf(l)]));
    for (let ix = known + 1; ix <= highest; ix++) this.agents.push(ix);
    return {
      agents: AGENTS.slice(known, this.agents.length).map(({ ix, session }) => ({ agent: ix, session })),
      origins: origins.map((o) => ({ agent: o.agent, prompt: o.prompt, run: o.run })),
      links: links.map((l) => ({ agent: l.agent, at: l.at, line: l.line, toolUseId: l.call, rule: l.rule, parent: parentOf(l) })),
      tasks: tasks.map((t) => ({ session: t.thread.session, agent: t.thread.agent, at: t.at, line: t.line, toolUseId: t.call, agentType: t.type, description: t.description, prompt: t.prompt, run: t.run })),
      sidecars: sidecars.map((s) => ({ source: s.source, root: s.root, path: `${s.source}/${s.folder}/${s.name}`, size: 1, modifiedMs: s.modified, session: 's', agent: s.name, toolUseId: s.call, agentType: s.type, description: s.description })),
    };
  }

  insertSql({ agents, origins, links, tasks, sidecars }: Beginnings): string {
    return [
      rows('agents', agents.map(({ agent: ix, session }) => [ix, session, AGENTS[ix - 1]?.id as string])),
      rows('tasks', tasks.map((t) => [t.session, t.at, t.toolUseId, t.agentType, t.description, t.line, t.agent, t.prompt, t.run])),
      rows('agent_origins', origins.map((o) => [o.agent, o.prompt, o.run])),
      rows('agent_links', links.map((l) => [l.agent, l.at, l.toolUseId, l.rule, l.parent, l.line])),
      rows('sidecars', sidecars.map((s, i) => [this.sidecars + i + 1, s.source, s.root, s.path, s.size, s.modifiedMs, s.session, s.agent, s.toolUseId, s.agentType, s.description])),
    ].join('\n');
  }

  /** Each sidecar in a commit of its own: of one path the last counts. */
  changesOf(told: Beginnings): CommitChange[] {
    const seq = this.sidecars;
    this.sidecars += told.sidecars.length + 1;
    const rest = { ...NOTHING, seq: seq + told.sidecars.length + 1, beginnings: { ...told, sidecars: [] } };
    return [...told.sidecars.map((sidecar, i): CommitChange => ({ ...NOTHING, seq: seq + i + 1, beginnings: { ...NOTHING.beginnings, sidecars: [sidecar] } })), rest];
  }
}

/** `otherwise`: the fields of one that says something else than the one it repeats. */
function repeated<T extends { back: number; again: 'elsewhere' | 'otherwise' | null; at: number; line: number }>(told: readonly T[], otherwise: (row: T) => Partial<T>): T[] {
  const all: T[] = [];
  for (const row of told) {
    const { back, again: how, at, line } = row;
    const before = all.at(-back);
    all.push(before === undefined || how === null ? row : { ...before, ...(how === 'elsewhere' ? { at, line } : otherwise(row)) });
  }
  return all;
}

function parentOf({ agent: of, parent }: { agent: number; parent: number }): number {
  return parent === 0 ? 0 : parent + (of > 3 ? 3 : 0);
}

async function run(statement: string): Promise<void> {
  const connection = await index.database.connect();
  await connection.run(statement);
  connection.closeSync();
}

async function clear(): Promise<void> {
  for (const table of ['agents', 'sessions', 'tasks', 'agent_origins', 'agent_links', 'sidecars']) await run(`DELETE FROM ${table}`);
  await run(`INSERT INTO sessions VALUES ${SESSIONS.map(({ ix, id, source }) => `(${ix}, '${id}', '${source}', 'p', true, '')`).join(',')}`);
}

describe('the links of a session', () => {
  it('are those of the views, whatever was told before they were read and since', async () => {
    const readers = new ReaderPool(index.database);
    await fc.assert(
      fc.asyncProperty(fc.array(facts, { minLength: 1, maxLength: 3 }), async (steps) => {
        await clear();
        const [story, agents, changes] = [new Story(), new AgentDirectory(), new CommitChanges()];
        const follows = new SessionLinks({ readers, names: { agents }, versions: undefined, changes });
        for (const [i, some] of steps.entries()) {
          const told = story.next(some, i === steps.length - 1);
          await run(story.insertSql(told));
          for (const change of story.changesOf(told)) changes.committed(change);
          const connection = await index.database.connect();
          await agents.load(connection);
          connection.closeSync();
          const wanted = await readers.rows<{ agent_ix: number }>(`WITH ${allLinksSql((name) => name)} SELECT * FROM links ORDER BY agent_ix`);
          const reads = new SessionLinks({ readers, names: { agents }, versions: undefined, changes: null });
          for (const links of [reads, follows]) {
            const found = await links.ofAll(SESSIONS);
            expect([...found.values()].flat()).toEqual(wanted);
            expect(await links.of(SESSIONS[1] as SessionName)).toEqual(found.get(2) ?? []);
          }
        }
      }),
      { numRuns: 40, endOnFailure: true },
    );
    await readers.close();
  }, 60_000);

  it('are there at the first look, with what was committed just before, without a statement', async () => {
    const agentLine = userLine({ session: 's', n: 1, extra: { agentId: 'a', isSidechain: true } });
    const sidecar = (session: string): Sidecar => ({ source: 'claude-code', root: '/r', path: `p/${session}/subagents/agent-a.meta.json`, size: 1, modifiedMs: 1, session, agent: 'a', toolUseId: 't1', agentType: 'Plan', description: null });
    await index.lake.sessions({}, 'started_at', { limit: 1 });
    await index.lake.linksHeld();
    await index.commit([{ kind: 'sidecar', sidecar: sidecar('s') }]);
    await index.commit([new SourceFile(1, '-p/s.jsonl').read([userLine({ session: 's', n: 0 })]), new SourceFile(2, '-p/s/subagents/agent-a.jsonl').read([agentLine])]);
    let found: unknown[] = [];
    expect(await statementsOf(async () => (found = [(await index.lake.tree('s')).children, (await index.lake.subagents('s', { limit: 9 })).items]))).toEqual([]);
    const linked = [{ id: 'a', tool_use_id: 't1', link: 'meta', type: 'Plan' }];
    expect(found).toMatchObject([linked, linked]);
  });
});
