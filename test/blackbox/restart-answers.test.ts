// What is answered from memory, which followed the commits while logs grew and questions were asked, is what a daemon
// answers that read all of it anew: every operation of the OpenAPI document, over sessions of several agents whose
// files grow in pieces that end anywhere. Over the corpus too, where that is at hand.

import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { Rng } from '../../bench/generator/rng.ts';
import { readRequests } from '../../src/cli/api-requests.ts';
import type { OpenapiDocument } from '../../src/cli/api-requests.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const CORPUS = fileURLToPath(new URL('../../../shared/corpus', import.meta.url));
const SAMPLE = fileURLToPath(new URL('../../data/sample/claude-code', import.meta.url));
/** They tell of the process, or are kept for a minute whatever changes. */
const ASIDE = new Set(['status', 'systemStats', 'health', 'performance', 'metrics', 'logs', 'openapi', 'listJobs', 'profileQueries', 'reconcile']);
/** Files of the corpus; all of them would take minutes. */
const FILES_OF_AN_AGENT = 15;
const PIECES = 5;
const SESSIONS = 12;

interface Growing {
  path: string;
  bytes: Buffer;
  written: number;
}

/** Every log below a folder, to be written below another. */
function logsBelow(from: string, to: string): Growing[] {
  return readdirSync(from, { recursive: true, encoding: 'utf8' }).toSorted().filter((path) => statSync(join(from, path)).isFile())
    .map((path) => ({ path: join(to, path), bytes: readFileSync(join(from, path)), written: 0 }));
}

function append(file: Growing, bytes: number): void {
  mkdirSync(dirname(file.path), { recursive: true });
  appendFileSync(file.path, file.bytes.subarray(file.written, file.written + bytes));
  file.written += bytes;
}

async function questions(daemon: Daemon): Promise<string[]> {
  const document = await daemon.get<OpenapiDocument>('/openapi.json');
  const sessions = (await daemon.get<{ items: { id: string; project: string }[] }>(`/api/sessions?limit=${SESSIONS}`)).items;
  const requests = sessions.flatMap(({ id, project }) => readRequests(document, { session: id, project, job: null }));
  return [...new Set(requests.filter(({ operation }) => !ASIDE.has(operation)).map(({ path }) => path))];
}

/** What is written down a moment later, where no new line came with it. */
const OF_UNFINISHED_LINES = new Set(['size', 'lag_bytes', 'modified_at']);

/** Without what the time of asking changes: "now", whether a session is still active then, and how far a search reads in its time. */
async function answer(daemon: Daemon, path: string): Promise<unknown> {
  const response = await daemon.fetch(path, { headers: { 'cache-control': 'no-cache' } });
  if (response.status >= 500) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  const isOfNow = (key: string): boolean => key === 'status' || (key === 'at' && path.endsWith('/state')) || (path.startsWith('/api/search') && (key === 'searched_bytes' || key === 'next_cursor')) || (path.startsWith('/api/files') && OF_UNFINISHED_LINES.has(key));
  return JSON.parse(text, (key, value: unknown) => (isOfNow(key) ? null : value)) as unknown;
}

async function answers(daemon: Daemon, paths: readonly string[]): Promise<Map<string, unknown>> {
  await daemon.fetch('/health/cache/clear', { method: 'POST' });
  const all = new Map<string, unknown>();
  for (const path of paths) all.set(path, await answer(daemon, path));
  return all;
}

describe('answers after a restart', () => {
  let workspace: Workspace;
  afterEach(() => workspace.remove());

  async function expectTheSame(files: Growing[], roots: readonly string[], seed: number): Promise<void> {
    const rng = new Rng(seed, 'restart answers');
    const flags = ['--no-archive', '--rate-limit', '0', '--log-level', 'warn', ...roots.flatMap((root) => ['--root', root])];
    const live = await workspace.start(flags);
    for (let open = files; open.length > 0; open = open.filter(({ bytes, written }) => written < bytes.length)) {
      const file = rng.pick(open);
      append(file, 1 + rng.int(0, Math.ceil((2 * file.bytes.length) / PIECES)));
      if (!rng.chance(0.1)) continue;
      // Some are looked at while they grow, so that memory holds them.
      const some = await questions(live);
      for (let i = 0; i < 5 && some.length > 0; i++) await answer(live, rng.pick(some));
    }
    await sleep(300);
    await live.caughtUp();
    const paths = await questions(live);
    expect(paths.length).toBeGreaterThan(SESSIONS);
    const before = await answers(live, paths);
    expect(await live.stop()).toBe(0);
    const again = await workspace.start(flags);
    await again.caughtUp();
    const after = await answers(again, paths);
    for (const [path, told] of before) expect({ path, told: after.get(path) }).toEqual({ path, told });
  }

  it('are those of before, of the sample and generated logs', { timeout: 60_000 }, async () => {
    workspace = new Workspace();
    const generated = join(workspace.dir, 'generated');
    await generateLake({ seed: 8, dir: generated, shape: 'mixed', sessions: 12 });
    await expectTheSame([...logsBelow(SAMPLE, workspace.root), ...logsBelow(generated, workspace.root)], [workspace.root], 8);
  });

  it.skipIf(!existsSync(CORPUS))('are those of before, of the corpus (skipped where ../shared/corpus is not there)', { timeout: 120_000 }, async () => {
    workspace = new Workspace();
    const rng = new Rng(3, 'files of the corpus');
    const agents = { claude: 'claude-code', codex: 'codex', copilot: 'copilot', pi: 'pi', mixed: 'jsonl' };
    const files = Object.keys(agents).flatMap((folder) => {
      const all = logsBelow(join(CORPUS, folder), join(workspace.root, folder));
      return all.filter(() => rng.chance(FILES_OF_AN_AGENT / all.length));
    });
    for (const folder of Object.keys(agents)) mkdirSync(join(workspace.root, folder), { recursive: true });
    await expectTheSame(files, Object.entries(agents).map(([folder, source]) => `${source}=${join(workspace.root, folder)}`), 3);
  });
});
