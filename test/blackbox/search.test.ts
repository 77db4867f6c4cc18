// GET /api/search and `search`: everything that has it, once, the newest first, however its line is escaped and
// wherever its bytes are now. What records say of their text is the oracle.

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { assistantLine, timeOf, userLine } from '../support/claude-lines.ts';
import { run, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { archiveAll, removeSources } from './support/archive.ts';
import { ageFiles } from './support/file-ages.ts';
import { expectShape, PROBLEM } from './support/shapes.ts';

type Json = Record<string, unknown>;
interface Event extends Json {
  offset: string;
  ts: string | null;
  text: string | null;
}
interface Hit extends Json {
  offset: string;
  ts: string | null;
  snippet: string;
  score: number;
  highlights: [number, number][];
}

const HIT = { offset: 'offset', session_id: 'text', agent_id: 'text?', source: 'text', project: 'text', file_id: 'text', line: 'count', ts: 'time?', type: 'text?', role: 'text?', uuid: 'text?', score: 'number', snippet: 'text', highlights: 'list' } as const;

const OF_THE_EVENT = ['session_id', 'agent_id', 'source', 'project', 'file_id', 'line', 'ts', 'type', 'role', 'uuid'];

/** Lines as other writers would have written them: the JSON of the first one's text, changed. */
const WRITTEN: [text: string, write: (line: string) => string][] = [
  ['Café in Zürich', (line) => line.replace('é', '\\u00e9').replace('ü', '\\u00FC')],
  ['say "quoted words" here', (line) => line],
  ['first line\nsecond line', (line) => line],
  ['a\\path\\to\\nothing and/or', (line) => line.replace('and/or', 'and\\/or')],
  ['<escaped> & more', (line) => line.replace('<', '\\u003c').replace('>', '\\u003E').replace('&', '\\u0026')],
  ['every letter', (line) => line.replace('every', '\\u0065\\u0076\\u0065\\u0072\\u0079')],
  ['日本語 and 😀 faces', (line) => line.replace('日本', '\\u65e5\\u672C').replace('😀', '\\ud83d\\ude00')],
  ['ÄRGER über STRASSE', (line) => line],
];

describe('search', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let events: Event[];

  beforeAll(async () => {
    await generateLake({ dir: workspace.root, seed: 91, targetBytes: 3e6, malformedRate: 0.02, days: 30 });
    writeFileSync(join(workspace.root, 'written.jsonl'), WRITTEN.map(([text, write], n) => `${write(userLine({ session: 'written', n, text }))}\n`).join(''));
    writeFileSync(join(workspace.root, 'tools.jsonl'), `${assistantLine({ session: 'tools', n: 0, content: [{ type: 'tool_use', id: 't', name: 'Bash', input: { command: 'grep -rn "needle in hay" é' } }] })}\n`);
    ageFiles(workspace.root);
    daemon = await workspace.start(['--no-archive', '--log-level', 'warn']);
    await daemon.caughtUp();
    events = await daemon.all<Event>('/api/events?limit=500');
  });
  afterAll(() => workspace.remove());

  async function found(query: string): Promise<Hit[]> {
    return daemon.all<Hit>(`/api/search?${query}`);
  }

  const having = (q: string, which: (event: Event) => boolean = () => true): string[] => events.filter((event) => event.text?.toLowerCase().includes(q.toLowerCase()) === true && which(event)).map((event) => event.offset);

  it('finds what has it, once each, in the order of events', async () => {
    for (const q of ['search box', 'the', 'SRC/', 'e', 'tests pass', 'nowhere to be found', '. ', 'unit conversion in']) {
      const hits = await found(`limit=37&q=${encodeURIComponent(q)}`);
      expect([q, hits.map((hit) => hit.offset)]).toEqual([q, having(q)]);
      for (const hit of hits) {
        expectShape(hit, HIT);
        const [[from, to] = [0, 0]] = hit.highlights;
        expect(hit.snippet.slice(from, to).toLowerCase()).toBe(q.toLowerCase());
        expect(hit.score > 0 && hit.score <= 1).toBe(true);
        const event = events.find(({ offset }) => offset === hit.offset) as Event;
        expect(hit).toMatchObject(Object.fromEntries(OF_THE_EVENT.map((name) => [name, event[name]])));
      }
    }
    expect(having('the').length).toBeGreaterThan(100);
  });

  it('finds text whatever its escaping', async () => {
    const queries: [string, number][] = [
      ['café in zürich', 0], ['CAFÉ', 0], ['é in Z', 0], ['"quoted words"', 1], ['first line\nsecond', 2], ['line\ns', 2], ['\\path\\to\\n', 3], ['and/or', 3], ['<escaped> &', 4], ['> & m', 4], ['EVERY letter', 5], ['日本語', 6], ['😀 faces', 6], ['本語 AND 😀', 6], ['ärger ÜBER strasse', 7],
    ];
    for (const [q, line] of queries) {
      const hits = await found(`session=written&q=${encodeURIComponent(q)}`);
      expect([q, hits.map((hit) => hit.ts)]).toEqual([q, [timeOf(line)]]);
    }
    expect(await found(`session=tools&q=${encodeURIComponent('"needle in hay" É')}`)).toHaveLength(1);
  });

  it('keeps to its filters', async () => {
    const some = events.find((event) => event.text?.includes('the') === true && event['agent_id'] !== null) as Event;
    const { session_id: session, project, agent_id: agent } = some as unknown as Record<string, string>;
    const filters: [string, (event: Event) => boolean][] = [
      [`session=${session}`, (event) => event['session_id'] === session], [`project=${project}`, (event) => event['project'] === project], ['source=claude-code', () => true], ['source=codex', () => false],
      ['type=assistant', (event) => event['type'] === 'assistant'], ['role=user', (event) => event['role'] === 'user'], [`agent=${agent}`, (event) => event['agent_id'] === agent], ['is_error=true', isFailed],
      [`since=${some.ts}`, (event) => (event.ts ?? '') >= (some.ts ?? '')], [`until=${some.ts}`, (event) => event.ts !== null && event.ts < (some.ts ?? '')], ['tool=Bash', (event) => (event['tools'] as Json[]).some((tool) => tool['name'] === 'Bash')],
    ];
    const failed = new Set((await daemon.all<Event>('/api/events?limit=500&content=none&is_error=true')).map((event) => event.offset));
    function isFailed(event: Event): boolean {
      return failed.has(event.offset);
    }
    for (const [query, which] of filters) expect([query, (await found(`limit=200&q=the&${query}`)).map((hit) => hit.offset)]).toEqual([query, having('the', which)]);
  });

  it('goes on where it was, whatever arrives meanwhile', async () => {
    const expected = having('the');
    const paged: string[] = [];
    let cursor: string | null = '';
    for (let n = 0; cursor !== null; n++) {
      const page: { items: Hit[]; has_more: boolean; next_cursor: string | null } = await daemon.get(`/api/search?q=the&limit=150${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...page.items.map((hit) => hit.offset));
      cursor = page.next_cursor;
      expect(page.has_more).toBe(cursor !== null);
      appendFileSync(join(workspace.root, 'late.jsonl'), `${userLine({ session: 'late', n, text: 'the late one', extra: { timestamp: n % 2 === 0 ? '2001-01-01T00:00:00.000Z' : '2031-01-01T00:00:00.000Z' } })}\n`);
      await daemon.caughtUp();
    }
    expect(paged).toEqual(expected);
    expect((await found('q=the+late+one')).length).toBeGreaterThan(1);
  });

  it('refuses what it cannot read', async () => {
    const { next_cursor: cursor } = await daemon.get<{ next_cursor: string }>('/api/search?q=the&limit=1');
    const wrong: [string, string][] = [['', 'q'], ['q=', 'q'], ['q=%20', 'q'], [`q=${'x'.repeat(501)}`, 'q'], ['q=a&limit=201', 'limit'], ['q=a&q=b', 'q'], ['q=a&x=1', 'x'], [`q=other&cursor=${cursor}`, 'cursor'], [`q=the&source=codex&cursor=${cursor}`, 'cursor'], [`q=the&cursor=${cursor}0`, 'cursor']];
    for (const [query, parameter] of wrong) {
      const response = await daemon.fetch(`/api/search?${query}`);
      const problem = (await response.json()) as Json;
      expect([query, response.status, problem['parameter']]).toEqual([query, 400, parameter]);
      expectShape(problem, PROBLEM);
    }
  });

  it('finds on the command line, with a daemon and without one', async () => {
    const args = ['--data-dir', workspace.dataDir];
    const shown = await run(workspace, ['search', 'quoted words', ...args]);
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('say "quoted words" here')]);
    expect((await run(workspace, ['search', 'nowhere to be found', ...args])).code).toBe(4);
    await archiveAll(daemon);
    await removeSources(daemon, [join(workspace.root, 'written.jsonl')]);
    expect((await found('session=written&q=caf%C3%A9')).map((hit) => hit.ts)).toEqual([timeOf(0)]);
    await daemon.stop();
    const json = await run(workspace, ['search', 'the', '--limit', '250', '--json', '--session', 'written', ...args]);
    expect(JSON.parse(json.stdout)).toMatchObject({ has_more: false, items: [] });
    const whole = await run(workspace, ['search', 'THE LATE', '--limit', '250', '--json', ...args]);
    expect((JSON.parse(whole.stdout) as { items: Hit[] }).items.length).toBeGreaterThan(1);
    expect((await run(workspace, ['search', '日本語', ...args])).stdout).toContain('日本語 and 😀 faces');
  });
});
