// Small logs made by hand, each beside what a scan must say of it. UPDATE_GOLDENS=1 writes the answers
// anew: read the difference before it is committed.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { plainBatch, scan } from './support/scanned.ts';

const folder = fileURLToPath(new URL('goldens', import.meta.url));
const update = process.env['UPDATE_GOLDENS'] !== undefined;

/** Where a log lies, if not at the place of a main thread. */
const PATHS: Record<string, string> = {
  'subagent-in-session-folder': '-home-ada-engine/5e551000-0000-4000-8000-000000000001/subagents/agent-a75e9a98153b05b6f.jsonl',
  'subagent-beside-main': '-home-ada-engine/agent-0badcafe.jsonl',
  'workflow-journal': '-home-ada-engine/5e551000-0000-4000-8000-000000000001/subagents/workflows/wf_01/journal.jsonl',
};

const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length));

it.each(names)('%s', (name) => {
  const bytes = readFileSync(`${folder}/${name}.jsonl`);
  const path = PATHS[name];
  const answer = written(plainBatch(scan(bytes, path === undefined ? {} : { path }), bytes));
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
