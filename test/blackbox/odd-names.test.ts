// Names that a program may take for something else: of properties that every object has. They are names like others.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const workspace = new Workspace();
afterAll(() => workspace.remove());

const PROPERTIES = ['toString', 'constructor', '__proto__', 'hasOwnProperty'];

function put(source: string, path: string, lines: readonly object[]): void {
  const file = join(workspace.dir, source, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function start(sources: readonly string[]): Promise<Daemon> {
  return workspace.start([...sources.flatMap((source) => ['--root', `${source}=${join(workspace.dir, source)}`]), '--no-archive']);
}

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
