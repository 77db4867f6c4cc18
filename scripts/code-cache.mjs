// The last step of `npm run build`: V8's code of the bundle, as it is once a daemon has started, kept beside it.
// With it a start compiles nothing. Only V8 can tell whether it is good for what runs, and does; without it
// everything works as well, later.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { codeFile, evaluate, scriptOf } from '../bin/cached-script.js';

const self = fileURLToPath(import.meta.url);
const main = fileURLToPath(new URL('../dist/cli/main.cjs', import.meta.url));
const sample = fileURLToPath(new URL('../data/sample/claude-code', import.meta.url));
const timeoutMs = 30_000;

if (process.argv[2] === 'serve') serve(process.argv[3]);
else make();

/** In a process of its own, with nothing of the user's: no logs, no settings. */
function make() {
  const home = mkdtempSync(join(tmpdir(), 'sessionlake-build-'));
  const { PATH } = process.env;
  const { status } = spawnSync(process.execPath, [self, 'serve', home], { env: { PATH, HOME: home, TMPDIR: tmpdir() }, stdio: ['ignore', 'ignore', 'ignore'], timeout: timeoutMs, killSignal: 'SIGKILL' });
  rmSync(home, { recursive: true, force: true });
  if (status === 0 && existsSync(codeFile(main))) return;
  process.stderr.write('The code of the bundle could not be kept: it is compiled with each start.\n');
}

function serve(home) {
  const dataDir = join(home, 'data');
  process.argv = [process.execPath, main, 'start', '--port', '0', '--no-archive', '--data-dir', dataDir, '--root', `claude-code=${sample}`];
  const script = scriptOf(main);
  evaluate(script, main);
  const timer = setInterval(() => {
    if (!existsSync(join(dataDir, 'daemon.json'))) return;
    clearInterval(timer);
    // Code made under other flags than a start begins with is refused; these are set once a daemon serves.
    for (const flag of ['heap-growing-percent=0', 'interrupt-budget=67584', 'parallel-scavenge', 'semi-space-growth-factor=2']) setFlagsFromString(`--${flag}`);
    writeFileSync(`${codeFile(main)}.new`, script.createCachedData());
    renameSync(`${codeFile(main)}.new`, codeFile(main));
    process.kill(process.pid, 'SIGTERM');
  }, 10);
}
