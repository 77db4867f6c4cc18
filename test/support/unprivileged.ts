// A daemon without the rights of root, for what permissions are to refuse.

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Workspace } from './daemon.ts';

/** A command that runs another without the rights of root; empty where this is not root; null where there is no way. */
export function unprivileged(workspace: Workspace): string[] | null {
  if (process.getuid?.() !== 0) return [];
  const runner = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  giveAway(workspace.dir, runner);
  const executable = fileURLToPath(new URL('../../bin/sessionlake.js', import.meta.url));
  const script = 'require("node:fs").accessSync(process.argv[1])';
  const { status: code } = spawnSync(runner[0] as string, [...runner.slice(1), process.execPath, '-e', script, executable], { cwd: '/' });
  return code === 0 ? runner : null;
}

export function giveAway(path: string, runner: readonly string[]): void {
  if (runner.length > 0) execFileSync('chown', ['-R', '65534:65534', path]);
}
