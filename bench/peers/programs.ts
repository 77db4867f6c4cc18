// References that are programs: looked for, never needed. `npm run bench -- --peers` installs those that
// come from npm into bench/.cache/peers; the project itself does not depend on them.

import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entrant } from '../support/contest.ts';
import { measureProcess } from '../support/measure.ts';
import type { Logs } from '../support/logs.ts';

const CACHE = fileURLToPath(new URL('../.cache/peers', import.meta.url));
const CCUSAGE_VERSION = '20.0.24';
const CCUSAGE_NATIVE = `@ccusage/ccusage-${process.platform}-${process.arch}`;
const CCUSAGE = join(CACHE, 'node_modules', CCUSAGE_NATIVE, 'bin', process.platform === 'win32' ? 'ccusage.exe' : 'ccusage');

export const CCUSAGE_NAME = 'ccusage native binary, totals only';

/** The programs that are there, and a line about each that is not. */
export function programs(logs: Logs): { entrants: Entrant[]; missing: string[] } {
  const ripgrep = inPath('rg');
  const entrants: Entrant[] = [];
  const missing: string[] = [];
  if (existsSync(CCUSAGE)) entrants.push(ccusage(logs.home));
  else missing.push('ccusage was left out: "npm run bench -- --peers" installs it into bench/.cache.');
  if (ripgrep === null) missing.push('ripgrep was left out: it is not on this computer.');
  else entrants.push({ name: 'ripgrep, counting a word', run: () => measureProcess(ripgrep, ['--no-ignore', '--count-matches', 'output_tokens', logs.root]) });
  return { entrants, missing };
}

function ccusage(home: string): Entrant {
  const env = { ...process.env, TZ: 'UTC', CLAUDE_CONFIG_DIR: home };
  return { name: CCUSAGE_NAME, run: () => measureProcess(CCUSAGE, ['claude', 'daily', '--offline', '--json'], { env }) };
}

/** Throws where npm fails. */
export function installPeers(): void {
  mkdirSync(CACHE, { recursive: true });
  // A package of its own: npm would go up to the project's otherwise.
  writeFileSync(join(CACHE, 'package.json'), '{ "private": true }\n');
  const packages = [`ccusage@${CCUSAGE_VERSION}`, `${CCUSAGE_NATIVE}@${CCUSAGE_VERSION}`];
  const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: CACHE, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm could not install ${packages.join(' and ')}`);
  chmodSync(CCUSAGE, 0o755);
}

function inPath(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}
