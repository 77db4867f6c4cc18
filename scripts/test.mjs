// `npm test`: every check and every test of the project, all of them even when an
// early one fails. Arguments after `--` go to vitest. The last line is always
// "N passed, N failed[, N skipped]"; the exit code is 1 when anything failed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, checkNode, install, npm, PrepareError } from './prepare.mjs';

const checks = ['types', 'lint', 'layout', 'knip'];
const total = { passed: 0, failed: 0, skipped: 0 };
const failedChecks = [];

if (await check('install', prepare)) {
  await check('build', build);
  for (const name of checks) await check(name, () => npmScript(name));
  const wanted = process.argv.slice(2);
  add(await vitest(wanted));
  // Whoever asked for some tests by name did not ask for this: it takes half a minute.
  if (wanted.length === 0) await check('bench', () => npmScript('bench', '--', '--check'));
}
report();

async function prepare() {
  checkNode();
  await install();
}

async function npmScript(name, ...args) {
  const { code } = await npm(['run', '--silent', name, ...args]);
  if (code !== 0) throw new PrepareError(`"npm run ${name}" failed.`);
}

async function check(name, step) {
  console.log(`\n▶ ${name}`);
  try {
    await step();
    total.passed += 1;
    return true;
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    console.log(error.message);
    total.failed += 1;
    failedChecks.push(name);
    return false;
  }
}

async function vitest(args) {
  console.log('\n▶ tests');
  const folder = mkdtempSync(join(tmpdir(), 'test-counts-'));
  const file = join(folder, 'counts.json');
  try {
    const reporters = ['--reporter=default', '--reporter=./scripts/count-reporter.mjs'];
    const { code } = await npm(['run', '--silent', 'vitest', '--', ...reporters, ...args], { env: { TEST_COUNTS_FILE: file } });
    const counts = readCounts(file);
    // No tests found, a crash before the end: nothing failed by name, and yet it failed.
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function add(counts) {
  for (const key of Object.keys(total)) total[key] += counts[key];
}

function report() {
  console.log(failedChecks.length > 0 ? `\nFailed checks: ${failedChecks.join(', ')}\n` : '');
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}
