// The sample that comes with the product, through the contract, against the truth its generator wrote.

import { cpSync, readFileSync, readdirSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

interface Truth {
  lines: number;
  totals: Record<string, number>;
  sessions: { id: string; project: string; own: Record<string, number>; rollup: Record<string, number> }[];
}

const truth = JSON.parse(readFileSync(fileURLToPath(new URL('../../data/sample/expected.json', import.meta.url)), 'utf8')) as Truth;

describe('the sample', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  beforeAll(async () => {
    cpSync(fileURLToPath(new URL('../../data/sample/claude-code', import.meta.url)), workspace.root, { recursive: true });
    for (const name of readdirSync(workspace.root, { recursive: true, encoding: 'utf8' })) restoreTime(`${workspace.root}/${name}`);
    daemon = await workspace.start();
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  it('is indexed line by line', async () => {
    expect(await daemon.get('/api/status')).toMatchObject({ lines: truth.lines, sessions: truth.sessions.length, caught_up: true });
  });

  it('counts each model call once', async () => {
    const { totals } = await daemon.get<{ totals: Record<string, number> }>('/api/metrics/aggregate');
    expect(totals).toMatchObject({ ...truth.totals, unpriced_calls: 0 });
    expect(totals['cost_usd']).toBeGreaterThan(0);
  });

  it('gives each session its own usage and that with its subagents', async () => {
    const sessions = await daemon.all<{ id: string; usage: object; usage_rollup: object }>('/api/sessions');
    const usageOf = ({ calls: _calls, ...usage }: Record<string, number>): object => usage;
    expect(sessions.map(({ id, usage, usage_rollup }) => ({ id, usage, usage_rollup })).toSorted(byId)).toEqual(
      truth.sessions.map(({ id, own, rollup }) => ({ id, usage: usageOf(own), usage_rollup: usageOf(rollup) })).toSorted(byId),
    );
  });
});

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}

/** A checkout gives every file the same age; forks are told from originals by age. */
function restoreTime(path: string): void {
  if (!path.endsWith('.jsonl')) return;
  const times = readFileSync(path, 'latin1').match(/(?<="timestamp": ?")[^"]+/g) ?? [];
  const last = Math.max(...times.map((time) => Date.parse(time)));
  if (Number.isFinite(last)) utimesSync(path, last / 1000, last / 1000);
}
