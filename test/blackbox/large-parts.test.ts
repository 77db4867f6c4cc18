// Lines from parts that are larger than what the database may have as its cache.

import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Workspace } from '../support/daemon.ts';
import { archiveAll } from './support/archive.ts';

let workspace: Workspace;
afterEach(() => workspace.remove());

/** It does not get smaller by compression. */
function line(uuid: number, bytes: number): string {
  return `${JSON.stringify({ id: `r${uuid}`, ts: '2026-10-02T10:00:00.000Z', type: 'note', text: randomBytes((bytes * 3) / 4).toString('base64') })}\n`;
}

it('come back whole where little memory is given and the logs are gone', { timeout: 120_000 }, async () => {
  workspace = new Workspace();
  const logs = new Map([
    ['one-line.jsonl', line(1, 200) + line(2, 20_000_000) + line(3, 200)],
    ['many-lines.jsonl', Array.from({ length: 30 }, (_, n) => line(10 + n, 600_000)).join('')],
  ]);
  for (const [name, text] of logs) writeFileSync(join(workspace.root, name), text);
  const flags = ['--no-archive', '--root', `jsonl=${workspace.root}`, '--memory-limit'];
  const writer = await workspace.start([...flags, '1GiB']);
  await writer.caughtUp();
  await archiveAll(writer);
  expect(await writer.stop()).toBe(0);
  for (const name of logs.keys()) rmSync(join(workspace.root, name));

  const reader = await workspace.start([...flags, '64MiB']);
  await reader.caughtUp();
  const files = await reader.all<{ id: string; path: string; state: string }>('/api/files');
  expect(files.map(({ state }) => state)).toEqual(['gone', 'gone']);
  for (const { id, path } of files) {
    expect((await reader.text(`/api/files/${id}/content`)) === logs.get(path.slice(workspace.root.length + 1))).toBe(true);
  }
  expect((await reader.text('/api/export?format=jsonl')).split('\n').toSorted().join() === [...logs.values()].join('').split('\n').toSorted().join()).toBe(true);
  expect(await reader.stop()).toBe(0);
});

it('are taken into a new index, however long a line is', { timeout: 240_000 }, async () => {
  workspace = new Workspace();
  const flags = ['--no-archive', '--root', `jsonl=${workspace.root}`];
  const log = join(workspace.root, 'one-line.jsonl');
  const text = line(1, 200) + line(2, 70_000_000) + line(3, 200);
  writeFileSync(log, text);
  const writer = await workspace.start(flags);
  await writer.caughtUp();
  await archiveAll(writer);
  expect(await writer.stop()).toBe(0);
  rmSync(log);
  for (const name of readdirSync(workspace.dataDir)) if (name.startsWith('index.duckdb')) rmSync(join(workspace.dataDir, name));

  const reader = await workspace.start(flags);
  expect((await reader.text('/api/export?format=jsonl')) === text).toBe(true);
  expect(await reader.stop()).toBe(0);
});
