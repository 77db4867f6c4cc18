// What `restore` gives back, and what it tells of what it cannot give.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { run, Workspace } from '../support/daemon.ts';
import type { RunResult } from '../support/daemon.ts';

const WHOLE = `${userLine({ session: 's1', n: 0 })}\n${userLine({ session: 's1', n: 1 })}\n`;
const TAIL = '{"type":"user"';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.remove());

const cli = (...args: string[]): Promise<RunResult> => run(workspace, [...args, '--data-dir', workspace.dataDir]);
const restored = (): string => readFileSync(join(workspace.dir, 'back/p/s1.jsonl'), 'utf8');

async function indexed(text: string): Promise<string> {
  const path = join(workspace.root, 'p/s1.jsonl');
  mkdirSync(join(workspace.root, 'p'));
  writeFileSync(path, text);
  expect((await cli('start', '--once', '--archive', '--archive-idle-minutes', '0', '--root', workspace.root)).code).toBe(0);
  return path;
}

it('names the file that is in the place of a log, and leaves it alone', async () => {
  await indexed(WHOLE);
  const target = join(workspace.dir, 'back/p/s1.jsonl');
  mkdirSync(join(workspace.dir, 'back/p'), { recursive: true });
  writeFileSync(target, 'mine');
  const { code, stderr } = await cli('restore', 's1', '-o', join(workspace.dir, 'back'));
  expect(code).toBe(1);
  expect(stderr).toContain(`${target} is there already and differs; --force writes over it.`);
  expect(restored()).toBe('mine');
});

it.each(['there', 'gone'])('tells of the end of a log, which is %s, that was no line yet', async (state) => {
  const path = await indexed(WHOLE + TAIL);
  if (state === 'gone') rmSync(path);
  const { code, stderr } = await cli('restore', 's1', '-o', join(workspace.dir, 'back'));
  expect(code).toBe(0);
  expect(stderr).toContain(`last whole line: the ${TAIL.length} B after that`);
  expect(restored()).toBe(WHOLE);
  const { stdout } = await cli('restore', 's1', '-o', join(workspace.dir, 'back'), '--json');
  expect(JSON.parse(stdout)).toMatchObject({ files: [{ bytes: WHOLE.length, unfinished_bytes: TAIL.length }], failures: [] });
});

it('tells nothing of the kind of a log that ends with its last line', async () => {
  await indexed(WHOLE);
  const { stderr } = await cli('restore', 's1', '-o', join(workspace.dir, 'back'));
  expect(stderr).not.toContain('whole line');
  expect(restored()).toBe(WHOLE);
});
