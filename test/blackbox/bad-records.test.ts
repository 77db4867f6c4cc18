// Records that break what is expected of them, of every source: wrong types, ids that are missing, numbers and
// times that nobody can mean, and agents that lead to one another. Each is a record, flagged and counted, and what
// follows it in its file is read.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Workspace } from '../support/daemon.ts';
import { fileAt } from '../support/indexed-files.ts';
import { SOURCE_LOGS } from '../support/source-logs.ts';

const workspace = new Workspace();
afterAll(() => workspace.remove());

type Json = Record<string, unknown>;

/** The value with every leaf, or every object below the top, as `change` makes it. */
function changed(value: unknown, change: (leaf: unknown, key: string) => unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((element) => changed(element, change, key));
  if (typeof value !== 'object' || value === null) return change(value, key);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, changed(member, change, name)]));
}

const isTime = (leaf: unknown): boolean => typeof leaf === 'string' && /^\d{4}-\d\d-\d\dT/.test(leaf);
const isId = (key: string): boolean => /^(uuid|id|call_?id|tool_?use_?id|toolCallId|tool_call_id|callID)$/i.test(key);

/** What can be wrong with a line; each is still an object of JSON. */
const FAULTS: readonly ((line: Json) => unknown)[] = [
  ...[1e308, -5, 2 ** 60, '7', true].map((wrong) => (line: Json) => changed(line, (leaf) => (typeof leaf === 'number' ? wrong : leaf))),
  ...['1970-01-01T00:00:00.000Z', '2200-01-01T00:00:00.000Z', 'yesterday', 12].map((wrong) => (line: Json) => changed(line, (leaf) => (isTime(leaf) ? wrong : leaf))),
  ...[null, 7, {}, []].map((wrong) => (line: Json) => changed(line, (leaf, key) => (isId(key) ? wrong : leaf))),
  ...['a text', 7, [], [null]].map((wrong) => (line: Json) => Object.fromEntries(Object.entries(line).map(([key, member]) => [key, typeof member === 'object' && key !== 'item' ? wrong : member]))),
  (line) => changed(line, (leaf) => (typeof leaf === 'string' ? { text: leaf } : leaf)),
  () => ({}),
];

it('are kept, flagged and counted, and stop no file, whatever the source', async () => {
  const files: { source: string; path: string; lines: number }[] = [];
  for (const [source, logs] of SOURCE_LOGS) {
    for (const log of logs.filter(({ path }) => path.endsWith('.jsonl'))) {
      const path = join(workspace.dir, source, log.path);
      const lines = log.bytes.toString('utf8').split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Json);
      const wrong = lines.flatMap((line) => FAULTS.map((fault) => fault(line)));
      const all = [...lines, ...wrong, ...lines].map((line) => `${JSON.stringify(line)}\n`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, all.join(''));
      files.push({ source, path, lines: all.length });
    }
  }
  // Two agents, each started by a call of the other, and one by itself.
  const session = 'eeeeeeee-0000-4000-8000-000000000001';
  const folder = join(workspace.dir, 'claude-code', '-p', session, 'subagents');
  mkdirSync(folder, { recursive: true });
  for (const [agent, call, by] of [['a', 't_a', 't_b'], ['b', 't_b', 't_a'], ['self', 't_s', 't_s']] as const) {
    const line = { type: 'assistant', uuid: `u-${agent}`, parentUuid: `u-${agent}`, sessionId: session, isSidechain: true, agentId: agent, timestamp: '2026-10-02T08:00:00.000Z', message: { role: 'assistant', content: [{ type: 'tool_use', id: call, name: 'Task', input: {} }] } };
    writeFileSync(join(folder, `agent-${agent}.jsonl`), `${JSON.stringify(line)}\n`);
    writeFileSync(join(folder, `agent-${agent}.meta.json`), JSON.stringify({ agentType: 'x', toolUseId: by }));
    files.push({ source: 'claude-code', path: join(folder, `agent-${agent}.jsonl`), lines: 1 });
  }

  const daemon = await workspace.start([...SOURCE_LOGS.flatMap(([source]) => ['--root', `${source}=${join(workspace.dir, source)}`]), '--rate-limit', '0', '--no-archive', '--log-level', 'error']);
  await daemon.caughtUp();
  const told = new Map((await daemon.all<{ path: string; lines: number; rejects: number; flagged: number; lag_bytes: number; reasons: Record<string, number> }>('/api/files?limit=1000')).map((file) => [file.path, file]));
  for (const { path, lines } of files) expect(told.get(path)).toMatchObject({ path, lines, rejects: 0, lag_bytes: 0 });
  for (const [source] of SOURCE_LOGS) {
    const { counts } = await daemon.get<{ counts: { reason: string; kept: boolean; lines: number }[] }>(`/api/rejects?source=${source}`);
    const byReason: Record<string, number> = {};
    const ofSource = files.filter((file) => file.source === source).map(({ path }) => told.get(path));
    for (const file of ofSource) for (const [reason, count] of Object.entries(file?.reasons ?? {})) byReason[reason] = (byReason[reason] ?? 0) + count;
    expect(Object.fromEntries(counts.map(({ reason, lines }) => [reason, lines]))).toEqual(byReason);
    const items = await daemon.all<{ kept: boolean; file_id: string; line: number }>(`/api/rejects?source=${source}&kept=true&limit=1000`);
    expect(items).toHaveLength(counts.reduce((sum, { lines }) => sum + lines, 0));
    expect(new Set(items.map(({ file_id: file, line }) => `${file}:${line}`)).size).toBe(ofSource.reduce((sum, file) => sum + (file?.flagged ?? 0), 0));
    // Of any log nothing is expected but that it is JSON.
    if (source !== 'jsonl') expect([source, counts.length > 0 && counts.every(({ kept }) => kept)]).toEqual([source, true]);
  }
  const reasons = new Set((await daemon.get<{ counts: { reason: string }[] }>('/api/rejects')).counts.map(({ reason }) => reason));
  expect([...reasons].toSorted()).toEqual(['absurd_number', 'absurd_time', 'cycle', 'missing_id', 'wrong_type']);

  // A circle is cut where it closes.
  const { children } = await daemon.get<{ children: { id: string; children: { id: string }[] }[] }>(`/api/sessions/${session}/tree`);
  expect(children.map((agent) => [agent.id].concat(agent.children.map(({ id }) => id)))).toEqual([['a', 'b'], ['self']]);
  for (const { id, usage_rollup: usage } of await daemon.all<{ id: string; usage_rollup: Json }>('/api/sessions?limit=500')) {
    for (const count of Object.values(usage)) expect(Number.isSafeInteger(count) && Number(count) >= 0).toBe(true);
    await daemon.get(`/api/sessions/${id}/ledger?limit=1000`);
    await daemon.get(`/api/sessions/${id}/messages?limit=1000`);
  }

  const { path, lines } = files[0] as { path: string; lines: number };
  const before = told.get(path);
  appendFileSync(path, '{"type":"user","uuid":7}\n{"torn":\n');
  const after = await fileAt(daemon, path, { lines: lines + 2 });
  expect(after).toMatchObject({ rejects: 1, flagged: (before?.flagged ?? 0) + 1, reasons: { invalid_json: 1, missing_id: (before?.reasons['missing_id'] ?? 0) + 1, wrong_type: (before?.reasons['wrong_type'] ?? 0) + 1 } });
}, 120_000);
