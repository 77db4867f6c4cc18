// What was sent as an event is there for a command that reads without a daemon, after that one was killed.

import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { userLine, uuidOf } from '../support/claude-lines.ts';
import { run, Workspace } from '../support/daemon.ts';
import { LiveClient } from '../support/live.ts';

const workspace = new Workspace();
afterAll(() => workspace.remove());

it('a line that was live a moment before the daemon was killed is exported without one', async () => {
  const session = uuidOf('killed');
  const path = `${workspace.root}/-home-ada-engine/${session}.jsonl`;
  const daemon = await workspace.start(['--no-archive']);
  const client = await LiveClient.open(daemon);
  await client.subscribe();
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${userLine({ session, n: 1 })}\n`);
  await client.waitFor((frame) => frame.type === 'event');
  await daemon.kill();
  const { code, stdout } = await run(workspace, ['export', '--format', 'ndjson', '--data-dir', workspace.dataDir]);
  expect(code).toBe(0);
  expect(stdout).toContain(session);
}, 60_000);
