// A process that may open fewer files than there are logs: what it cannot read now it reads a little later, it stays
// alive, and what it hands out is whole.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { userLine, uuidOf } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';

const FILES = 300;
const LINES = 20;
const FEW = ['sh', '-c', 'ulimit -n 128 && exec "$@"', 'sh'];

describe.skipIf(process.platform === 'win32')('more files than descriptors', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('are all read', async () => {
    for (let i = 0; i < FILES; i++) {
      const session = uuidOf(`scarce-${i}`);
      const dir = join(workspace.root, `project-${i % 150}`);
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, `${session}.jsonl`), Array.from({ length: LINES }, (_, n) => `${userLine({ session, n })}\n`).join(''));
    }
    const daemon = await workspace.start(['--sweep-seconds', '1', '--rate-limit', '0', '--no-archive', '--log-level', 'error'], {}, FEW);
    await until(async () => (await daemon.get<{ lines: number }>('/api/status')).lines === FILES * LINES, 60_000);
    const lines = await daemon.text('/api/export?format=jsonl');
    expect(new Set(lines.trimEnd().split('\n')).size).toBe(FILES * LINES);
    expect(await daemon.stop()).toBe(0);
  }, 90_000);
});
