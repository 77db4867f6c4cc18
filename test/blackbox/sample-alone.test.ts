// The sample is served where there is nothing else, and is never mixed with what somebody keeps.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LakeStatus } from '../../src/core/answers/lake-status.ts';
import { userLine } from '../support/claude-lines.ts';
import { Daemon, run, Workspace } from '../support/daemon.ts';
import type { RunResult } from '../support/daemon.ts';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
  writeFileSync(join(workspace.root, 's1.jsonl'), `${userLine({ session: 's1', n: 0 })}\n`);
});
afterEach(() => workspace.remove());

const cli = (...args: string[]): Promise<RunResult> => run(workspace, [...args, '--data-dir', workspace.dataDir]);

async function indexed(...flags: string[]): Promise<void> {
  expect((await cli('start', '--once', ...flags)).code).toBe(0);
}

async function status(): Promise<LakeStatus> {
  return JSON.parse((await cli('status', '--json')).stdout) as LakeStatus;
}

async function importHello(): Promise<RunResult> {
  const path = join(workspace.dir, 'conversations.json');
  const at = '2026-01-01T00:00:00.000000Z';
  writeFileSync(path, JSON.stringify([{ uuid: 'c1', name: 'Hello', created_at: at, updated_at: at, account: { uuid: 'a' }, chat_messages: [{ uuid: 'm1', text: 'hi', content: [{ type: 'text', text: 'hi' }], sender: 'human', created_at: at, updated_at: at, attachments: [], files: [] }] }]));
  const result = await cli('import', path);
  expect(result.code).toBe(0);
  return result;
}

describe('where no logs are found, the sample is not served', () => {
  it('from an index that holds logs, which may be gone by now', async () => {
    await indexed('--root', workspace.root);
    const { epoch } = await status();
    rmSync(join(workspace.root, 's1.jsonl'));
    await indexed();
    expect(await status()).toMatchObject({ epoch, sessions: 1, sample: false });
  });

  it('from an archive whose index was lost', async () => {
    await indexed('--root', workspace.root, '--archive', '--archive-idle-minutes', '0');
    for (const name of ['index.duckdb', 'index.duckdb.wal', 'index.duckdb.journal']) rmSync(join(workspace.dataDir, name), { force: true });
    rmSync(join(workspace.root, 's1.jsonl'));
    await indexed();
    expect(await status()).toMatchObject({ sessions: 1, sample: false });
  });

  it('where conversations were imported, and these are indexed', async () => {
    await importHello();
    await indexed();
    expect(await status()).toMatchObject({ sessions: 1, sample: false });
  });
});

it('the sample is served again and again where there is nothing else, and goes when something is imported', { timeout: 60_000 }, async () => {
  await indexed();
  const { epoch, sessions } = await status();
  await indexed();
  expect(await status()).toMatchObject({ epoch, sessions, sample: true });
  await importHello();
  await indexed();
  expect(await status()).toMatchObject({ sessions: 1, sample: false });
});

it('of what is imported meanwhile the command tells that the daemon has to be started again', { timeout: 60_000 }, async () => {
  const daemon = new Daemon(workspace, ['--port', '0'], {});
  try {
    await daemon.ready();
    expect((await importHello()).stderr).toContain('stop it and start it again');
  } finally {
    await daemon.kill();
  }
});
