// Scanning alone, on one thread and without files or a database: bytes in memory to a batch's columns, by the
// selective scanner and by parsing whole lines, beside JSON.parse of the same lines with nothing made of them.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eachLine } from '../src/core/bytes/frame.ts';
import { scanSegment } from '../src/sources/scan.ts';
import type { Reading } from '../src/sources/scan.ts';
import { median } from './support/figures.ts';
import type { BenchResult, Figure } from './support/figures.ts';
import { logsOf } from './support/logs.ts';
import { measureHere } from './support/measure.ts';

const CORPUS = fileURLToPath(new URL('../../shared/corpus', import.meta.url));
const WARM_UP_ROUNDS = 3;

interface LogFile {
  source: string;
  path: string;
  bytes: Buffer;
}

interface LogSet {
  name: string;
  files: LogFile[];
}

export async function scanBench(quick = false): Promise<BenchResult> {
  const { root } = await logsOf({ seed: 5, shape: 'mixed', targetBytes: (quick ? 10 : 50) * 1e6 });
  const rounds = quick ? 3 : 9;
  const sets: LogSet[] = [{ name: 'generated', files: filesBelow(root, 'claude-code') }];
  const notes = ['One segment a file; garbage collection included; medians of rounds.'];
  if (existsSync(CORPUS)) {
    sets.push({ name: 'Claude Code samples', files: filesBelow(join(CORPUS, 'claude'), 'claude-code') });
    sets.push({ name: 'other samples, as jsonl', files: ['codex', 'copilot', 'pi', 'mixed'].flatMap((agent) => filesBelow(join(CORPUS, agent), 'jsonl')) });
  } else notes.push('Without real samples: there is no ../shared/corpus.');
  const figures: Figure[] = [];
  for (const set of sets) figures.push(...(await compare(set, rounds)));
  // Last: an adapter that met parsed lines of many layouts is slower afterwards, and in a daemon it meets hardly any.
  for (const set of sets) figures.push(await parsedWhole(set, rounds));
  return { bench: 'scan: bytes to columns on one thread', figures, notes };
}

function filesBelow(root: string, source: string): LogFile[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
  return names.sort().map((path) => ({ source, path, bytes: readFileSync(join(root, path)) }));
}

/** The scanner and JSON.parse, in turn. */
async function compare({ name, files }: LogSet, rounds: number): Promise<Figure[]> {
  const selective: number[] = [];
  const parse: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const ours = await measureHere(() => files.forEach((file) => scan(file, 'selective')));
    const reference = await measureHere(() => files.forEach(parseLines));
    if (round < 0) continue;
    selective.push(ours.cpuSeconds);
    parse.push(reference.cpuSeconds);
  }
  const ratios = parse.map((seconds, i) => seconds / (selective[i] as number));
  return [
    { name: `${name}: JSON.parse of each line, nothing made of it`, value: rate(files, parse), unit: 'MB per CPU s', reference: true },
    { name: `${name}: columns by the scanner`, value: rate(files, selective), unit: 'MB per CPU s' },
    { name: `${name}: scanner / JSON.parse`, value: median(ratios), unit: '×', goal: { atLeast: 3 } },
  ];
}

async function parsedWhole({ name, files }: LogSet, rounds: number): Promise<Figure> {
  const whole: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const { cpuSeconds } = await measureHere(() => files.forEach((file) => scan(file, 'parse')));
    if (round >= 0) whole.push(cpuSeconds);
  }
  return { name: `${name}: columns from lines parsed whole`, value: rate(files, whole), unit: 'MB per CPU s' };
}

function rate(files: readonly LogFile[], seconds: readonly number[]): number {
  return files.reduce((sum, file) => sum + file.bytes.length, 0) / 1e6 / median(seconds);
}

function scan({ source, path, bytes }: LogFile, reading: Reading): void {
  const options = { jsonl: { id: null, time: null, type: null, session: null, text: null, parent: null } };
  scanSegment({ source, options, bytes, firstByte: 0, linesBefore: 0, path: { root: '/logs', path }, state: '', lineMaxBytes: 64 * 1024 * 1024 }, reading);
}

function parseLines({ bytes }: LogFile): void {
  eachLine(bytes, (start, end) => {
    try {
      JSON.parse(bytes.toString('utf8', start, end));
    } catch {
      // A line that is no JSON costs as much.
    }
  });
}
