// What a killed process leaves in the data directory.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { run, Workspace } from '../support/daemon.ts';

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
