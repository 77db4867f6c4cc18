// Scanning alone, on one thread and without files or a database: bytes in memory to a batch's columns, by the
// selective scanner and by parsing whole lines, beside JSON.parse of the same lines with nothing made of them.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eachLine } from '../src/core/frame.ts';
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

export async function scanBench(quick = false): Promise<BenchResult> {
  const { root } = await logsOf({ seed: 5, shape: 'mixed', targetBytes: (quick ? 10 : 50) * 1e6 });
  const rounds = quick ? 3 : 9;
  const figures = await measure('generated', filesBelow(root, 'claude-code'), rounds);
  const notes = ['One segment a file; garbage collection included; medians of rounds in turn.'];
  if (existsSync(CORPUS)) {
    figures.push(...(await measure('Claude Code samples', filesBelow(join(CORPUS, 'claude'), 'claude-code'), rounds)));
    figures.push(...(await measure('other samples, as jsonl', ['codex', 'copilot', 'pi', 'mixed'].flatMap((agent) => filesBelow(join(CORPUS, agent), 'jsonl')), rounds)));
  } else notes.push('Without real samples: there is no ../shared/corpus.');
  return { bench: 'scan: bytes to columns on one thread', figures, notes };
}

function filesBelow(root: string, source: string): LogFile[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
  return names.sort().map((path) => ({ source, path, bytes: readFileSync(join(root, path)) }));
}

async function measure(name: string, files: readonly LogFile[], rounds: number): Promise<Figure[]> {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  const seconds = { selective: [] as number[], whole: [] as number[], parse: [] as number[] };
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    const selective = await measureHere(() => files.forEach((file) => scan(file, 'selective')));
    const whole = await measureHere(() => files.forEach((file) => scan(file, 'parse')));
    const parse = await measureHere(() => files.forEach(parseLines));
    if (round < WARM_UP_ROUNDS) continue;
    seconds.selective.push(selective.cpuSeconds);
    seconds.whole.push(whole.cpuSeconds);
    seconds.parse.push(parse.cpuSeconds);
  }
  const rate = (times: readonly number[]): number => bytes / 1e6 / median(times);
  const ratios = seconds.parse.map((parse, i) => parse / (seconds.selective[i] as number));
  return [
    { name: `${name}: JSON.parse of each line, nothing made of it`, value: rate(seconds.parse), unit: 'MB per CPU s', reference: true },
    { name: `${name}: each line parsed whole`, value: rate(seconds.whole), unit: 'MB per CPU s' },
    { name: `${name}: by the selective scanner`, value: rate(seconds.selective), unit: 'MB per CPU s' },
    { name: `${name}: scanner / JSON.parse`, value: median(ratios), unit: '×', goal: { atLeast: 3 } },
  ];
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
