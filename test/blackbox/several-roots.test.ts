// Several roots: files of the same name in them, and files that go from one to the other. A session that is
// named after its file is that file's alone; one that the agent named is the same wherever its lines lie.

import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { query } from '../archive/test-lake.ts';
import { userLine } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { archiveAll } from './support/archive.ts';

let workspace: Workspace;
afterEach(() => workspace.remove());

const line = (id: string): string => `{"id":"${id}","type":"note","role":"user","text":"${id}"}\n`;

/** The ids of each session's records. */
async function recordsBySession(daemon: Daemon): Promise<Record<string, string[]>> {
  const bySession: Record<string, string[]> = {};
  const text = await daemon.text('/api/export?format=ndjson&content=none&duplicates=true');
  for (const row of text.trimEnd().split('\n').slice(0, -1)) {
    const { session_id: session, uuid } = JSON.parse(row) as { session_id: string; uuid: string };
    (bySession[session] ??= []).push(uuid);
  }
  return bySession;
}

async function lines(daemon: Daemon, count: number): Promise<void> {
  await until(async () => (await daemon.get<{ lines: number; caught_up: boolean }>('/api/status')).lines === count);
}

describe('a session named after its file', () => {
  it('is that file\'s alone, keeps its id over restarts, a rewrite and a rotation, and in the archive', { timeout: 120_000 }, async () => {
    workspace = new Workspace();
    const [a, b] = [join(workspace.dir, 'a'), join(workspace.dir, 'b')];
    for (const dir of [a, b]) mkdirSync(dir);
    writeFileSync(join(a, 'x.jsonl'), line('a1'));
    const flags = ['--root', `jsonl=${a}`, '--root', `jsonl=${b}`, '--no-archive', '--sweep-seconds', '0.3'];
    let daemon = await workspace.start(flags);
    await lines(daemon, 1);
    writeFileSync(join(b, 'x.jsonl'), line('b1'));
    await lines(daemon, 2);
    writeFileSync(join(a, 'x.ndjson'), line('n1'));
    await lines(daemon, 3);
    const first = await recordsBySession(daemon);
    const idOf = (uuid: string): string => Object.keys(first).find((id) => first[id]?.includes(uuid)) as string;
    const [plain, other, beside] = [idOf('a1'), idOf('b1'), idOf('n1')];
    expect(plain).toBe('x');
    expect(new Set([plain, other, beside]).size).toBe(3);
    for (const id of [other, beside]) expect(id).toMatch(/^x~[0-9a-f]{12}$/);

    expect(await daemon.stop()).toBe(0);
    appendFileSync(join(b, 'x.jsonl'), line('b2'));
    // Rewritten, and rotated: the path keeps its session, and so does what moved away.
    writeFileSync(join(a, 'x.ndjson'), line('n2') + line('n3'));
    renameSync(join(a, 'x.jsonl'), join(a, 'x.1.jsonl'));
    writeFileSync(join(a, 'x.jsonl'), line('a2'));
    appendFileSync(join(a, 'x.1.jsonl'), line('a3'));
    daemon = await workspace.start(flags);
    await until(async () => Object.values(await recordsBySession(daemon)).flat().length === 8);
    const second = await recordsBySession(daemon);
    expect(Object.keys(second).toSorted()).toEqual([plain, other, beside].toSorted());
    expect(second[plain]?.toSorted()).toEqual(['a1', 'a2', 'a3']);
    expect(second[other]?.toSorted()).toEqual(['b1', 'b2']);
    expect(second[beside]?.toSorted()).toEqual(['n1', 'n2', 'n3']);
    const { items } = await daemon.get<{ items: { id: string; message_count: number }[] }>('/api/sessions');
    expect(Object.fromEntries(items.map(({ id, message_count: count }) => [id, count]))).toEqual({ [plain]: 3, [other]: 2, [beside]: 3 });
    const { items: messages } = await daemon.get<{ items: { text: string }[] }>(`/api/sessions/${encodeURIComponent(other)}/messages`);
    expect(messages.map(({ text }) => text)).toEqual(['b1', 'b2']);

    await archiveAll(daemon);
    const inParts: Record<string, string[]> = {};
    for (const row of await query(join(workspace.dataDir, 'archive'), 'SELECT session_id, uuid FROM parts ORDER BY uuid')) (inParts[String(row['session_id'])] ??= []).push(String(row['uuid']));
    // The lines of the generation that was rewritten are in no part.
    expect(inParts).toEqual({ ...Object.fromEntries(Object.entries(second).map(([session, uuids]) => [session, uuids.toSorted()])), [beside]: ['n2', 'n3'] });
  });
});

describe('a session that the agent named', () => {
  it('is one in two roots: a copied folder repeats it', { timeout: 60_000 }, async () => {
    workspace = new Workspace();
    const [a, b] = [join(workspace.dir, 'a'), join(workspace.dir, 'b')];
    const session = '5e551000-0000-4000-8000-000000000001';
    for (const dir of [a, b]) {
      mkdirSync(join(dir, 'p'), { recursive: true });
      writeFileSync(join(dir, 'p', `${session}.jsonl`), [0, 1].map((n) => `${userLine({ session, n })}\n`).join(''));
    }
    const daemon = await workspace.start(['--root', a, '--root', b, '--no-archive']);
    await lines(daemon, 4);
    const { items } = await daemon.get<{ items: { id: string; message_count: number }[] }>('/api/sessions');
    expect(items).toMatchObject([{ id: session, message_count: 2, files: 2 }]);
  });
});

describe('a file that moves to another root', () => {
  it('is followed and read on there, also after a restart, and nothing is read twice', { timeout: 90_000 }, async () => {
    workspace = new Workspace();
    const [a, b] = [join(workspace.dir, 'a'), join(workspace.dir, 'b')];
    for (const dir of [a, b]) mkdirSync(join(dir, 'p'), { recursive: true });
    const session = '5e551000-0000-4000-8000-000000000002';
    const [from, to] = [join(a, 'p', `${session}.jsonl`), join(b, 'p', 'moved.jsonl')];
    const logLines = (first: number, count: number): string => Array.from({ length: count }, (_, i) => `${userLine({ session, n: first + i })}\n`).join('');
    writeFileSync(from, logLines(0, 3));
    const flags = ['--root', a, '--root', b, '--no-archive', '--sweep-seconds', '0.3'];
    const filesOf = (daemon: Daemon): Promise<{ id: string; path: string; state: string; lines: number }[]> => daemon.all('/api/files');
    let daemon = await workspace.start(flags);
    await lines(daemon, 3);
    const id = (await filesOf(daemon))[0]?.id;
    renameSync(from, to);
    appendFileSync(to, logLines(3, 1));
    await lines(daemon, 4);
    // What is still open is read to its end, whether or not its new place is known by then.
    await until(async () => (await filesOf(daemon))[0]?.path === to);
    expect(await filesOf(daemon)).toMatchObject([{ id, path: to, state: 'present', lines: 4 }]);
    await daemon.kill();
    // Only the other root is there now.
    rmSync(a, { recursive: true });
    appendFileSync(to, logLines(4, 2));
    daemon = await workspace.start(flags);
    await lines(daemon, 6);
    expect(await filesOf(daemon)).toMatchObject([{ id, path: to, state: 'present', lines: 6 }]);
    expect((await recordsBySession(daemon))[session]).toHaveLength(6);
  });
});

describe('a root above the data directory', () => {
  it('has what is around it, and of the lake\'s own files none', { timeout: 60_000 }, async () => {
    workspace = new Workspace();
    const gemini = join(workspace.dir, 'gemini');
    mkdirSync(join(gemini, 'engine', 'chats'), { recursive: true });
    writeFileSync(join(gemini, 'engine', 'chats', 'session-1.json'), JSON.stringify({ sessionId: 'g-1', messages: [{ id: 'u1', timestamp: '2026-10-01T09:00:00.000Z', type: 'user', content: 'Count' }] }));
    writeFileSync(join(workspace.dir, 'notes.jsonl'), line('n1'));
    const daemon = await workspace.start(['--root', `jsonl=${workspace.dir}`, '--root', `gemini=${gemini}`, '--sweep-seconds', '0.3']);
    await daemon.caughtUp();
    const shown = async (): Promise<unknown> => (await daemon.all<{ source: string; id: string; message_count: number }>('/api/sessions')).map(({ source, id, message_count }) => `${source} ${id} ${message_count}`).toSorted();
    const expected = ['gemini g-1 1', 'jsonl notes 1'];
    await until(async () => ((await shown()) as unknown[]).length === expected.length);
    expect(await shown()).toEqual(expected);
    writeFileSync(join(workspace.dataDir, 'imports', 'mine.jsonl'), line('x1'));
    await archiveAll(daemon);
    appendFileSync(join(workspace.dir, 'notes.jsonl'), line('n2'));
    await until(async () => ((await daemon.get<{ message_count: number }>('/api/sessions/notes')).message_count) === 2);
    expect(await shown()).toEqual(['gemini g-1 1', 'jsonl notes 2']);
    const { items } = await daemon.get<{ items: unknown[] }>('/api/reconcile');
    expect(items).toEqual([]);
  });
});
