// A daemon over logs of Codex, Copilot CLI and pi at once: sessions, messages, subagents and tokens of
// each, through the contract. The logs are the goldens' made-up ones.

import { appendFileSync, copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { fileAt, filesAt } from '../support/indexed-files.ts';
import { archiveAll } from './support/archive.ts';

const goldens = fileURLToPath(new URL('../sources/goldens', import.meta.url));

const A = '019f0000-0000-7000-8000-00000000000a';
const FORK = '019f0000-5000-7000-8000-00000000000b';
const SPAWNED = '019f0000-6000-7000-8000-00000000000c';
const COPILOT = 'c0910000-0000-4000-8000-000000000001';
const pi = (n: number): string => `91000000-0000-4000-8000-00000000000${n}`;

interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

interface Session {
  id: string;
  source: string;
  project: string;
  cwd: string | null;
  title: string | null;
  models: string[];
  message_count: number;
  subagent_count: number;
  usage: Usage;
  usage_rollup: Usage;
}

function usage(input: number, output: number, cacheCreation: number, cacheRead: number): Usage {
  return { input_tokens: input, output_tokens: output, cache_creation_input_tokens: cacheCreation, cache_read_input_tokens: cacheRead };
}

const workspace = new Workspace();
const roots = { codex: join(workspace.dir, 'codex'), copilot: join(workspace.dir, 'copilot'), pi: join(workspace.dir, 'pi') };
const rollout = (thread: string): string => `rollout-2026-10-01T08-00-00-${thread}.jsonl`;
const origin = join(roots.codex, 'sessions/2026/10/01', rollout(A));
const piFile = (n: number): string => join(roots.pi, '--home-ada-engine--', `2026-10-05T08-00-0${n}-000Z_${pi(n)}.jsonl`);
let daemon: Daemon;

const session = (id: string): Promise<Session> => daemon.get<Session>(`/api/sessions/${id}`);

function put(golden: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(goldens, `${golden}.jsonl`), path);
}

beforeAll(async () => {
  put('codex/fork-origin', origin);
  put('codex/fork', join(roots.codex, 'sessions/2026/10/02', rollout(FORK)));
  put('codex/spawned', join(roots.codex, 'sessions/2026/10/03', rollout(SPAWNED)));
  writeFileSync(join(roots.codex, 'history.jsonl'), `${JSON.stringify({ session_id: A, ts: 1, text: 'Make the gears turn.' })}\n`);
  put('copilot/session', join(roots.copilot, COPILOT, 'events.jsonl'));
  put('pi/v3', piFile(3));
  put('pi/branch', piFile(4));
  put('pi/omp', piFile(5));
  put('pi/omp-subagent', join(piFile(5).slice(0, -'.jsonl'.length), 'Counter.jsonl'));
  daemon = await workspace.start([...Object.entries(roots).flatMap(([source, dir]) => ['--root', `${source}=${dir}`]), '--rate-limit', '0', '--no-archive', '--log-level', 'error']);
  await daemon.caughtUp();
});
afterAll(() => workspace.remove());

describe('sessions', () => {
  it('are those of all three, of one project where they worked in one folder', async () => {
    const sessions = await daemon.all<Session>('/api/sessions?project=-home-ada-engine');
    expect(new Map(sessions.map(({ id, source }) => [id, source]))).toEqual(new Map([[A, 'codex'], [FORK, 'codex'], [COPILOT, 'copilot'], [pi(3), 'pi'], [pi(4), 'pi'], [pi(5), 'pi']]));
    expect(await daemon.all('/api/sessions')).toHaveLength(6);
    for (const { cwd } of sessions) expect(cwd).toBe('/home/ada/engine');
  });

  it('have the titles that their logs give them', async () => {
    expect(await Promise.all([A, COPILOT, pi(3), pi(5)].map(async (id) => (await session(id)).title))).toEqual(['Make the gears turn.', 'Gears', 'Gears', 'Gears, counted']);
  });

  it('have their messages once, whatever else repeats them', async () => {
    const texts = async (id: string, filter = ''): Promise<unknown[]> => (await daemon.all<{ role: string; text: string }>(`/api/sessions/${id}/messages${filter}`)).map(({ role, text }) => [role, text]);
    expect(await texts(A, '?role=user')).toEqual([['user', 'Make the gears turn.'], ['user', 'Faster.']]);
    expect(await texts(A, `?agent=${SPAWNED}`)).toEqual([['user', 'Count the gears.'], ['assistant', 'Seven.']]);
    expect(await texts(COPILOT, '?agent=t2')).toEqual([['assistant', 'gears.txt'], ['tool', 'no such file'], ['assistant', 'Seven.']]);
    expect(await texts(pi(4), '?role=user')).toEqual([['user', 'Make the gears turn.'], ['user', 'Another way.']]);
  });
});

describe('tokens', () => {
  it('of Codex are what the totals grew by, for a fork without its origin’s', async () => {
    expect(await session(A)).toMatchObject({ usage: usage(1600, 120, 0, 2400), usage_rollup: usage(1700, 165, 0, 3900) });
    expect(await session(FORK)).toMatchObject({ usage: usage(300, 10, 0, 1300), models: ['gpt-5.5-mini'] });
  });

  it('of Copilot CLI are those told at the end of each process, by model', async () => {
    const { items } = await daemon.get<{ items: ({ model: string } & Usage)[] }>('/api/metrics/aggregate?group_by=model&source=copilot');
    expect(new Map(items.map(({ model, input_tokens: input, output_tokens: output, cache_creation_input_tokens: creation, cache_read_input_tokens: read }) => [model, [input, output, creation, read]]))).toEqual(
      new Map([['claude-sonnet-4.6', [1000, 150 + 15, 1000, 3000]], ['claude-haiku-4.5', [500, 30, 0, 400]], ['gpt-5.4', [700, 20, 0, 0]]]),
    );
    expect(await session(COPILOT)).toMatchObject({ usage_rollup: usage(2200, 215, 1000, 3400), usage: usage(2200, 185, 1000, 3400) });
  });

  it('of pi are those of its messages, each once over branches', async () => {
    expect((await session(pi(3))).usage).toEqual(usage(9, 58, 958, 907));
    expect((await session(pi(4))).usage).toEqual(usage(2, 3, 5, 4));
    expect((await session(pi(5))).usage_rollup).toEqual(usage(36, 49, 0, 0));
  });
});

it('subagents are linked to the calls that started them', async () => {
  const agents = async (id: string): Promise<unknown[]> => daemon.all(`/api/sessions/${id}/subagents`);
  expect(await agents(A)).toMatchObject([{ id: SPAWNED, tool_use_id: 'call_s', link: 'tool_result', type: 'explorer', description: 'Count the gears.', usage: usage(100, 45, 0, 1500) }]);
  expect(await agents(COPILOT)).toMatchObject([{ id: 't2', tool_use_id: 't2', link: 'event', type: 'explore', description: 'Count gears', error_count: 1 }]);
  expect(await agents(pi(5))).toMatchObject([{ id: 'Counter', tool_use_id: 'toolu_2', link: 'tool_result', type: 'explore', usage: usage(30, 40, 0, 0) }]);
});

it('a thread that is archived and goes on is the same file and session', async () => {
  const before = await fileAt(daemon, origin);
  const archived = join(roots.codex, 'archived_sessions', rollout(A));
  mkdirSync(dirname(archived), { recursive: true });
  renameSync(origin, archived);
  appendFileSync(archived, `${JSON.stringify({ timestamp: '2026-10-01T09:00:00.000Z', type: 'response_item', payload: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'One more thing.' }] } })}\n`);
  const after = await fileAt(daemon, archived, { lines: before.lines + 1, lag_bytes: 0 });
  expect(after.id).toBe(before.id);
  expect((await filesAt(daemon, origin)).filter(({ state }) => state === 'present')).toEqual([]);
  expect(await session(A)).toMatchObject({ message_count: 6, usage: usage(1600, 120, 0, 2400) });
});

it('a log written anew from its copy shows nothing twice', async () => {
  const file = join(roots.codex, 'sessions/2026/10/02', rollout(FORK));
  const [before, was] = [await session(FORK), await fileAt(daemon, file)];
  const bytes = readFileSync(file);
  renameSync(file, `${file}.zst`);
  await until(async () => (await filesAt(daemon, file)).every(({ state }) => state !== 'present'));
  writeFileSync(file, bytes);
  await fileAt(daemon, file, { lines: was.lines, lag_bytes: 0, generation: was.generation + 1 });
  const { message_count, usage: tokens } = await session(FORK);
  expect({ message_count, tokens }).toEqual({ message_count: before.message_count, tokens: before.usage });
});

it('the archive has the project that the lines tell', async () => {
  await archiveAll(daemon);
  const files = await daemon.all<{ project: string; archived_bytes: number }>('/api/files?limit=1000');
  expect(files.every(({ archived_bytes }) => archived_bytes > 0)).toBe(true);
  expect(new Set(files.map(({ project }) => project))).toEqual(new Set(['-home-ada-engine']));
});
