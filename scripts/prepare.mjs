// Brings a clone to the point where it runs: Node new enough, dependencies as the
// lock file says, dist built from the src that is there. Does nothing when all is
// current. Runs before anything is installed, so it uses nothing but Node.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'dist', '.built-from');
const builtMain = join(root, 'dist', 'cli', 'main.cjs');
/** What a build comes from, beside src: the lock file too, because dependencies are bundled. */
const buildFiles = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs', 'scripts/code-cache.mjs', 'bin/cached-script.js'];

/** Something the user has to put right; the message says what and how. */
export class PrepareError extends Error {}

export function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [major, minor] = engines.node.match(/\d+/g).map(Number);
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  if (haveMajor < major || (haveMajor === major && haveMinor < minor)) {
    throw new PrepareError(
      `sessionlake needs Node ${major}.${minor} or later, and this is ${process.versions.node}. ` +
        'Install a newer one (https://nodejs.org, or "nvm install 20"), then try again.',
    );
  }
}

export async function install() {
  if (isInstalled()) return;
  say('installing dependencies (npm ci) …');
  // Dev dependencies too, whatever NODE_ENV says: the compiler is one of them.
  const result = await npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
  if (result.code !== 0) {
    throw new PrepareError(
      `${result.output}\nDependencies could not be installed: "npm ci" failed, its output is above. ` +
        'Most often the package registry cannot be reached (see "npm ping" and "npm config get registry"), ' +
        'or package-lock.json does not fit package.json. Then try again.',
    );
  }
}

export async function build() {
  const inputs = hashBuildInputs();
  if (isBuiltFrom(inputs)) return;
  say('building …');
  const result = await npm(['run', '--silent', 'build'], { quiet: true });
  if (result.code !== 0) {
    throw new PrepareError(`${result.output}\nThe build failed: put right what is above, then try again.`);
  }
  // The hash from before the build: what was edited meanwhile is built again next time.
  writeFileSync(stampFile, inputs);
}

/** Runs npm in the project's folder; with `quiet` its output is collected instead of shown. */
export async function npm(args, { quiet = false, env = {} } = {}) {
  const cli = process.env['npm_execpath'] ?? '';
  const [command, first] = basename(cli) === 'npm-cli.js' ? [process.execPath, [cli]] : ['npm', []];
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    shell: command === 'npm' && process.platform === 'win32',
  });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));

  let received;
  const forward = (signal) => {
    received = signal;
    child.kill(signal);
  };
  process.on('SIGINT', forward).on('SIGTERM', forward);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode) => resolve(exitCode ?? 1));
    });
    return { code, output };
  } catch (error) {
    throw new PrepareError(`npm could not be run: ${error.message}. It comes with Node; see https://nodejs.org.`);
  } finally {
    process.off('SIGINT', forward).off('SIGTERM', forward);
    if (received) process.kill(process.pid, received);
  }
}

// npm writes node_modules/.package-lock.json last, so an install that was cut short has none.
// Compared by content: a checkout moves the times of files that did not change.
function isInstalled() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    // Binaries for other platforms are in the lock file and never installed here.
    if (!found) return entry.optional === true || (entry.devOptional === true && entry.os !== undefined);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function isBuiltFrom(inputs) {
  if (!existsSync(builtMain) || !existsSync(stampFile)) return false;
  // A build by hand writes dist without the stamp: then the stamp is the older one.
  if (statSync(builtMain).mtimeMs > statSync(stampFile).mtimeMs) return false;
  return readFileSync(stampFile, 'utf8') === inputs;
}

function hashBuildInputs() {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const hash = createHash('sha256');
  for (const file of [...files, ...buildFiles.map((name) => join(root, name))]) {
    hash.update(`${file.slice(root.length)}\0`).update(createHash('sha256').update(readFileSync(file)).digest());
  }
  return hash.digest('hex');
}

function say(message) {
  process.stderr.write(`sessionlake: ${message}\n`);
}
