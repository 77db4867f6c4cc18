// What is said of an index that no daemon serves: of the folders it was made from, not of those that one would
// read now.

import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LakeStatus } from '../../src/core/answers/lake-status.ts';
import { SAMPLE_ROOT } from '../../src/daemon/roots.ts';
import { userLine } from '../support/claude-lines.ts';
import { run, Workspace } from '../support/daemon.ts';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
  writeFileSync(join(workspace.root, 's1.jsonl'), `${userLine({ session: 's1', n: 0 })}\n`);
});
afterEach(() => workspace.remove());

async function indexed(...flags: string[]): Promise<void> {
  expect((await run(workspace, ['start', '--once', '--data-dir', workspace.dataDir, ...flags])).code).toBe(0);
}

async function status(): Promise<LakeStatus> {
  const { code, stdout } = await run(workspace, ['status', '--json', '--data-dir', workspace.dataDir]);
  expect(code).toBe(0);
  return JSON.parse(stdout) as LakeStatus;
}

it('its folders, and all is read but for an unfinished line', async () => {
  appendFileSync(join(workspace.root, 's1.jsonl'), '{"unfinished":');
  await indexed('--root', workspace.root);
  expect(await status()).toMatchObject({ lines: 1, sample: false, caught_up: true, roots: [{ source: 'claude-code', path: workspace.root, exists: true }] });
});

it('those of the sample too, and goes on with them where it is asked for by name', async () => {
  await indexed('--root', SAMPLE_ROOT.path);
  const { epoch, top } = await status();
  await indexed('--root', SAMPLE_ROOT.path);
  expect(await status()).toMatchObject({ epoch, top });
  await indexed('--root', workspace.root);
  expect(await status()).toMatchObject({ lines: 1, roots: [{ path: workspace.root }] });
});

it('those of a folder that only has the name of the sample, and keeps them where other folders are read', async () => {
  const folder = join(workspace.root, 'data/sample/claude-code');
  mkdirSync(folder, { recursive: true });
  renameSync(join(workspace.root, 's1.jsonl'), join(folder, 's1.jsonl'));
  await indexed('--root', folder);
  const { epoch } = await status();
  const other = join(workspace.root, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 's2.jsonl'), `${userLine({ session: 's2', n: 0 })}\n`);
  await indexed('--root', other);
  expect(await status()).toMatchObject({ epoch, lines: 2 });
});

it('the sample, where it is of that', async () => {
  await indexed();
  expect(await status()).toMatchObject({ sample: true, caught_up: true, roots: [SAMPLE_ROOT] });
});
