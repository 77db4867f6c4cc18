// Names that a program may take for something else: of properties that every object has, and with a U+FEFF before
// them, which elsewhere is a mark of the encoding. They are names like others, also after a restart and in SQL.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const workspace = new Workspace();
afterAll(() => workspace.remove());

const PROPERTIES = ['toString', 'constructor', '__proto__', 'hasOwnProperty'];
const MARKED = '\ufeff';

function put(source: string, path: string, lines: readonly object[]): void {
  const file = join(workspace.dir, source, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function start(sources: readonly string[]): Promise<Daemon> {
  return workspace.start([...sources.flatMap((source) => ['--root', `${source}=${join(workspace.dir, source)}`]), '--no-archive']);
}

const byOffset = 'SELECT type, role, model, uuid FROM records ORDER BY "offset"';

async function sql(daemon: Daemon, statement: string): Promise<unknown> {
  const response = await daemon.fetch('/api/sql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sql: statement }) });
  return ((await response.json()) as { rows: unknown }).rows;
}

it('that begin with U+FEFF stay what they are, and so do all others beside them', async () => {
  put('claude-code', '-p/s1.jsonl', [
    { type: `${MARKED}odd`, uuid: `${MARKED}first`, sessionId: 's1', timestamp: '2026-10-02T08:00:00Z' },
    { type: 'assistant', uuid: 'second', sessionId: 's1', timestamp: '2026-10-02T08:00:01Z', message: { id: 'm1', role: 'assistant', model: 'claude-opus-4-7', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }], usage: { input_tokens: 1, output_tokens: 2 } } },
  ]);
  const rows = [[`${MARKED}odd`, null, null, `${MARKED}first`], ['assistant', 'assistant', 'claude-opus-4-7', 'second']];
  let daemon = await start(['claude-code']);
  await daemon.caughtUp();
  expect(await sql(daemon, byOffset)).toEqual(rows);
  const answers = (): Promise<unknown[]> => Promise.all(['/api/events?content=none', '/api/metrics/aggregate?group_by=model', '/api/sessions/s1/tools'].map((path) => daemon.get(path)));
  const before = await answers();
  await daemon.stop();

  daemon = await start(['claude-code']);
  expect(await answers()).toEqual(before);
  expect(await sql(daemon, byOffset)).toEqual(rows);
  await daemon.stop();
}, 60_000);

it('of properties that every object has are types like others', async () => {
  put('gemini', 'p/chats/session-2026-10-02T08-00-g.jsonl', PROPERTIES.map((type, i) => ({ id: `g${i}`, type, timestamp: '2026-10-02T08:00:00Z', content: type })));
  put('qwen', 'p/chats/q.jsonl', PROPERTIES.map((type, i) => ({ uuid: `q${i}`, sessionId: 'q', type, timestamp: '2026-10-02T08:00:00Z', message: { parts: [{ text: type }] } })));
  put('kimi', 'p/k/wire.jsonl', PROPERTIES.map((type) => ({ timestamp: 1_790_928_000, message: { type, payload: {} } })));
  const sources = ['gemini', 'qwen', 'kimi'];
  const daemon = await start(sources);
  await daemon.caughtUp();
  expect((await daemon.get<{ problems: unknown[] }>('/api/status')).problems).toEqual([]);
  for (const source of sources) {
    const records = await daemon.all<{ type: string; role: string | null }>(`/api/events?order=asc&source=${source}`);
    expect([source, records.map(({ type, role }) => [type, role])]).toEqual([source, PROPERTIES.map((type) => [type, null])]);
  }
}, 60_000);
