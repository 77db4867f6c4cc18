// A log that cannot be written any more, as one on a full disk: the daemon works on and answers as ever.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';
import { archiveAll } from './support/archive.ts';

/** Every write to it fails with ENOSPC. */
const FULL = '/dev/full';

let workspace: Workspace | undefined;
afterEach(() => workspace?.remove());

it('keeps nothing from being served, archived, refused and stopped', { timeout: 60_000 }, async ({ skip }) => {
  if (!existsSync(FULL)) skip(`there is no ${FULL}`);
  workspace = new Workspace();
  mkdirSync(join(workspace.root, 'p'));
  writeFileSync(join(workspace.root, 'p', 's.jsonl'), `${userLine({ session: 's', n: 0 })}\n`);
  const daemon = await workspace.start(['--log-level', 'trace'], {}, ['sh', '-c', `exec "$@" 2>${FULL}`, 'sh']);
  await daemon.caughtUp();
  await archiveAll(daemon);
  const response = await daemon.fetch('/api/sessions/none');
  expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  expect(await daemon.get('/api/logs')).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ message: 'serving' })]) as unknown });
  expect(await daemon.stop()).toBe(0);
});
