// What is made of plain rows of how agents began is what the views for users say, which are one statement.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LINK_RULES } from '../../src/core/scan-batch.ts';
import type { Directories } from '../../src/index/commit-rows.ts';
import type { Database } from '../../src/index/database.ts';
import type { SessionName } from '../../src/index/session-name.ts';
import { allLinksSql } from '../../src/index/queries/links.ts';
import { ReaderPool } from '../../src/index/reader-pool.ts';
import { SessionLinks } from '../../src/index/session-links.ts';
import { TestIndex } from './support/test-index.ts';

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
const prompt = fc.nat(2);
const facts = fc.record({
  tasks: fc.array(fc.record({ ...place, thread: threads, call, type: text, description: text, prompt, run: text }), { maxLength: 8 }),
  origins: fc.array(fc.record({ agent, prompt, run: text }), { maxLength: 8 }),
  links: fc.array(fc.record({ ...place, agent, call, rule: fc.constantFrom(...LINK_RULES), parent: fc.nat(3) }), { maxLength: 6 }),
  sidecars: fc.array(fc.record({ source: fc.constantFrom('claude-code', 'codex'), root: fc.constantFrom('/r', '/q'), name: fc.constantFrom('a', 'b', 'é'), folder: fc.constantFrom('x', 'y'), modified: fc.nat(2), call: fc.option(call), type: text, description: text }), { maxLength: 6 }),
});
type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

const sql = (value: string | number | null): string => (typeof value === 'string' ? `'${value}'` : String(value));
const rows = (table: string, values: readonly (readonly (string | number | null)[])[]): string => (values.length === 0 ? '' : `INSERT INTO ${table} VALUES ${values.map((row) => `(${row.map(sql).join(',')})`).join(',')};`);

function insertSql({ tasks, origins, links, sidecars }: Facts): string {
  return [
    rows('agents', AGENTS.map(({ session, ix, id }) => [ix, session, id])),
    `INSERT INTO sessions VALUES ${SESSIONS.map(({ ix, id, source }) => `(${ix}, '${id}', '${source}', 'p', true, '')`).join(',')};`,
    rows('tasks', tasks.map((t) => [t.thread.session, t.at, t.call, t.type, t.description, t.line, t.thread.agent, t.prompt, t.run])),
    rows('agent_origins', origins.map((o) => [o.agent, o.prompt, o.run])),
    rows('agent_links', links.map((l) => [l.agent, l.at, l.call, l.rule, l.parent === 0 ? 0 : l.parent + (l.agent > 3 ? 3 : 0), l.line])),
    rows('sidecars', sidecars.map((s, seq) => [seq + 1, s.source, s.root, `${s.source}/${s.folder}/${s.name}`, 1, s.modified, 's', s.name, s.call, s.type, s.description])),
  ].join('\n');
}

async function clear(database: Database): Promise<void> {
  const connection = await database.connect();
  for (const table of ['agents', 'sessions', 'tasks', 'agent_origins', 'agent_links', 'sidecars']) await connection.run(`DELETE FROM ${table}`);
  connection.closeSync();
}

describe('the links of a session', () => {
  it('are those of the views', async () => {
    const readers = new ReaderPool(index.database);
    const names = { agents: { has: () => true } } as unknown as Directories;
    await fc.assert(
      fc.asyncProperty(facts, async (some) => {
        await clear(index.database);
        const connection = await index.database.connect();
        await connection.run(insertSql(some));
        connection.closeSync();
        const wanted = await readers.rows<{ agent_ix: number }>(`WITH ${allLinksSql((name) => name)} SELECT * FROM links ORDER BY agent_ix`);
        const links = new SessionLinks(readers, names);
        const found = await links.ofAll(SESSIONS);
        expect([...found.values()].flat()).toEqual(wanted);
        expect(await links.of(SESSIONS[1] as SessionName)).toEqual(found.get(2));
      }),
      { numRuns: 60 },
    );
    await readers.close();
  });
});
