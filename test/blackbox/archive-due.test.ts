// What the archive says is still due.

import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';

const workspace = new Workspace();
afterAll(() => workspace.remove());

it('is what quiet sessions hold, not what is still being written', async () => {
  const hourAgo = Date.now() / 1000 - 3600;
  const write = (path: string, session: string, lines: number, isQuiet: boolean): number => {
    const full = join(workspace.root, 'p', path);
    mkdirSync(join(full, '..'), { recursive: true });
    const bytes = Buffer.from(Array.from({ length: lines }, (_, n) => `${userLine({ session, n })}\n`).join(''));
    writeFileSync(full, bytes);
    if (isQuiet) utimesSync(full, hourAgo, hourAgo);
    return bytes.length;
  };
  const quiet = write('quiet.jsonl', 'quiet', 3, true);
  write('running.jsonl', 'running', 5, false);
  // A quiet file of a session that a subagent still writes.
  write('both.jsonl', 'both', 2, true);
  write('both/subagents/agent-a1.jsonl', 'both', 4, false);
  const daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  expect(await daemon.get('/api/status')).toMatchObject({ archive: { parts: 0, source_bytes: 0, pending_bytes: quiet } });
});
