// A statement of a user ends with the daemon, however that ends: nobody else would ever stop it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { until, Workspace } from '../support/daemon.ts';

const workspace = new Workspace();
afterAll(() => workspace.remove());

/** What follows the name in /proc/PID/stat: state, parent, …; the processor time is in ticks of 10 ms. */
function statOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  } catch {
    return [];
  }
}

function isBusy(pid: string): boolean {
  return Number(statOf(pid)[11]) > 100;
}

it('a statement that runs is stopped where the daemon is killed', async ({ skip }) => {
  if (!existsSync('/proc/self/stat')) return skip('needs /proc/PID/stat');
  const daemon = await workspace.start(['--no-archive']);
  const { pid } = daemon.info;
  const asked = daemon.fetch('/api/sql', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sql: 'SELECT count(*) FROM range(100000) a, range(1000000000) b', timeout_ms: 60_000 }),
  }).catch(() => 'cut');
  const children = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(name)[1] === String(pid));
  await until(() => children().some(isBusy));
  const running = children().filter(isBusy);
  await daemon.kill();
  expect(await asked).toBe('cut');
  // Dead, whether or not somebody has taken note of it.
  await until(() => running.every((child) => ['Z', undefined].includes(statOf(child)[0])));
}, 60_000);
