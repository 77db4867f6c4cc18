// Archives the lake of the given folder until it is done or killed. The manifest is a file of lines,
// each durable before its part counts as listed; a last line without its newline was not committed.

import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { NewPart } from '../../src/core/archive-port.ts';
import { completeLength } from '../../src/core/bytes/frame.ts';
import { TestLake } from './test-lake.ts';

export const CRASH_FILES = 24;

/** The same in every process. */
export function crashContent(file: number): string {
  return Array.from({ length: 300 }, (_, i) => `${JSON.stringify({ file, i, text: `${file * 7919 + i} `.repeat(200) })}\n`).join('');
}

export function manifestOf(dir: string): NewPart[] {
  const path = join(dir, 'manifest');
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const lines = bytes.subarray(0, completeLength(bytes)).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as NewPart);
}

async function main(dir: string): Promise<void> {
  const lake = new TestLake(dir);
  for (let i = 0; i < CRASH_FILES; i++) lake.write(`${i}.jsonl`, crashContent(i), { month: `2026-${String((i % 3) + 1).padStart(2, '0')}` });
  const listed = manifestOf(dir);
  for (const part of listed) await lake.add(part);
  writeFileSync(join(dir, 'manifest'), listed.map((part) => `${JSON.stringify(part)}\n`).join(''));
  const manifest = openSync(join(dir, 'manifest'), 'a');
  lake.beforeAdd = (part) => {
    writeSync(manifest, `${JSON.stringify(part)}\n`);
    fsyncSync(manifest);
  };
  const archiver = lake.archiver({ limits: { sourceBytes: 150_000, files: 10 } });
  await archiver.start();
  process.stdout.write('ready\n');
  const { skipped } = await archiver.run({ all: true });
  await archiver.close();
  closeSync(manifest);
  if (skipped.length > 0) throw new Error(JSON.stringify(skipped));
  appendFileSync(join(dir, 'done'), 'x');
}

const [dir] = process.argv.slice(2);
if (process.argv[1]?.endsWith('crash-child.ts') === true && dir !== undefined) await main(dir);
