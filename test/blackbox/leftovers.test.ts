// What a killed process leaves in the data directory.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { run, until, Workspace } from '../support/daemon.ts';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
  writeFileSync(join(workspace.root, 's1.jsonl'), `${userLine({ session: 's1', n: 0 })}\n`);
});
afterEach(() => workspace.remove());

it('of an export that never ended goes at the next start', async () => {
  const first = await workspace.start();
  await first.caughtUp();
  await first.kill();
  const temp = join(workspace.dataDir, 'tmp');
  mkdirSync(join(temp, 'export-AbCdEf'), { recursive: true });
  writeFileSync(join(temp, 'export-AbCdEf/piece-0.parquet'), 'PAR1');
  writeFileSync(join(workspace.dataDir, 'mine.txt'), 'not of the daemon');
  const daemon = await workspace.start();
  expect(readdirSync(temp)).toEqual([]);
  expect(existsSync(join(workspace.dataDir, 'mine.txt'))).toBe(true);
  const path = join(workspace.dir, 'all.parquet');
  expect(await run(workspace, ['export', '--format', 'parquet', '-o', path, '--data-dir', workspace.dataDir])).toMatchObject({ code: 0 });
  expect(existsSync(path)).toBe(true);
  expect(readdirSync(temp)).toEqual([]);
  await daemon.stop();
});

it('of a file that a job wrote goes at the next start, also where the job is not begun again', async () => {
  const exports = join(workspace.dataDir, 'exports');
  const files = (): string[] => (existsSync(exports) ? readdirSync(exports) : []);
  let daemon = await workspace.start();
  const asked = await daemon.fetch('/api/jobs', { method: 'POST', body: JSON.stringify({ type: 'sql', sql: 'SELECT * FROM range(100000000)', limit: 100_000_000 }), headers: { 'content-type': 'application/json' } });
  const { id } = (await asked.json()) as { id: string };
  for (let begun = 1; begun <= 2; begun += 1) {
    await until(async () => files().some((name) => name.endsWith('.ndjson.part')) && (await daemon.get(`/api/jobs/${id}`))['state'] === 'running');
    await daemon.kill();
    writeFileSync(join(exports, 'mine.part'), 'not of a job');
    daemon = await workspace.start();
  }
  expect(await daemon.get(`/api/jobs/${id}`)).toMatchObject({ state: 'failed', error: { code: 'interrupted' } });
  expect(files()).toEqual(['mine.part']);
  await daemon.stop();
});
