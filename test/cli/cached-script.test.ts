import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { codeFile, evaluate, runWithCode, scriptOf } from '../../bin/cached-script.js';

const told = globalThis as { answer?: unknown };
let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lake-script-'));
  file = join(dir, 'main.cjs');
  delete told.answer;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const answering = (answer: string): string => `globalThis.answer = (() => ${JSON.stringify(answer)} + require('node:path').basename(__filename))();`;

function keepCode(): void {
  const script = scriptOf(file);
  evaluate(script, file);
  writeFileSync(codeFile(file), script.createCachedData());
  delete told.answer;
}

it('runs a script without code, and with the code that was kept', () => {
  writeFileSync(file, answering('a '));
  runWithCode(file);
  expect(told.answer).toBe('a main.cjs');
  keepCode();
  expect(scriptOf(file, readFileSync(codeFile(file))).cachedDataRejected).toBe(false);
  runWithCode(file);
  expect(told.answer).toBe('a main.cjs');
});

it('does not use code of another script, nor what is none', () => {
  writeFileSync(file, answering('a '));
  keepCode();
  writeFileSync(file, answering('another '));
  runWithCode(file);
  expect(told.answer).toBe('another main.cjs');
  writeFileSync(codeFile(file), 'nothing of the kind');
  runWithCode(file);
  expect(told.answer).toBe('another main.cjs');
});

it('is kept by the build as a start takes it, whatever a daemon sets of V8', () => {
  const root = new URL('../../', import.meta.url).href;
  const program = `
    import { readFileSync } from 'node:fs';
    import { codeFile, scriptOf } from '${root}bin/cached-script.js';
    const main = new URL('${root}dist/cli/main.cjs').pathname;
    process.stdout.write(String(scriptOf(main, readFileSync(codeFile(main))).cachedDataRejected));`;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })).toBe('false');
});
