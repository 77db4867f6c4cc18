// Small logs made by hand, each beside what a scan must say of it. UPDATE_GOLDENS=1 writes the answers
// anew: read the difference before it is committed.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { plainBatch, scan } from './support/scanned.ts';
import type { Place } from './support/scanned.ts';

const folder = fileURLToPath(new URL('goldens', import.meta.url));
const update = process.env['UPDATE_GOLDENS'] !== undefined;

/** Where a log lies, if not where its agent keeps a main thread's. */
const PATHS: Record<string, string> = {
  'subagent-in-session-folder': '-home-ada-engine/5e551000-0000-4000-8000-000000000001/subagents/agent-a75e9a98153b05b6f.jsonl',
  'subagent-beside-main': '-home-ada-engine/agent-0badcafe.jsonl',
  'pi/omp-subagent': '--home-ada-engine--/2026-10-05T08-00-00-000Z_91000000-0000-4000-8000-000000000005/Counter.jsonl',
  'workflow-journal': '-home-ada-engine/5e551000-0000-4000-8000-000000000001/subagents/workflows/wf_01/journal.jsonl',
};

/** Claude Code's lie in the folder itself, those of other sources in one with the source's name. */
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length).replaceAll('\\', '/'));

const PLACES: Record<string, Place> = {
  'claude-code': {},
  codex: { root: '/home/ada/.codex/sessions', path: '2026/10/01/rollout-2026-10-01T08-00-00-019f0000-0000-7000-8000-0000000000ff.jsonl' },
  copilot: { root: '/home/ada/.copilot/session-state', path: 'c0910000-0000-4000-8000-0000000000ff/events.jsonl' },
  pi: { root: '/home/ada/.pi/agent/sessions', path: '--home-ada-engine--/2026-10-05T08-00-00-000Z_91000000-0000-4000-8000-0000000000ff.jsonl' },
};

it.each(names)('%s', (name) => {
  const bytes = readFileSync(`${folder}/${name}.jsonl`);
  const source = name.includes('/') ? (name.split('/')[0] as string) : 'claude-code';
  const path = PATHS[name];
  const batch = scan(bytes, { source, ...PLACES[source], ...(path === undefined ? {} : { path }) });
  const answer = written(plainBatch(batch, bytes, source));
  if (update) writeFileSync(`${folder}/${name}.json`, answer);
  expect(JSON.parse(answer)).toEqual(JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')));
});

/** A row a line, so that a difference reads like one. */
function written(batch: Record<string, unknown>): string {
  const fields = Object.entries(batch).map(([name, value]) => {
    const list = Array.isArray(value) && value.length > 0 ? `[\n${value.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]` : JSON.stringify(value);
    return `  "${name}": ${list}`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}

it('every path of a golden has its log', () => {
  expect(names).toEqual(expect.arrayContaining(Object.keys(PATHS)));
});
