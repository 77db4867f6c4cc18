// The first index of generated logs by the whole process, beside DuckDB reading the same files into
// comparable columns and a plain JSON.parse of every line, in turn in the same run.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { generateLake } from './generator/generate.ts';
import { median } from './support/figures.ts';
import type { BenchResult } from './support/figures.ts';
import { BenchLake, processUsage } from './support/lake.ts';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const EXECUTABLE = fileURLToPath(new URL('../bin/sessionlake.js', import.meta.url));
const ROUNDS = 3;

export async function indexBench(megabytes = 300): Promise<BenchResult> {
  const lake = new BenchLake();
  try {
    const truth = await generateLake({ seed: 5, dir: lake.root, shape: 'mixed', targetBytes: megabytes * 1e6 });
    const own: number[] = [];
    const duck: number[] = [];
    const parse: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rmSync(lake.dataDir, { recursive: true, force: true });
      own.push(timed(() => spawnSync(process.execPath, [EXECUTABLE, 'start', '--once', '--data-dir', lake.dataDir, '--root', lake.root, '--log-level', 'error'], { stdio: 'ignore' })));
      duck.push(await timedAsync(() => duckdbRead(lake.root)));
      parse.push(timed(() => parseAll(lake.root)));
    }
    await lake.start();
    const { peakRssBytes } = processUsage(lake.pid);
    const rate = (ms: readonly number[]): number => truth.bytes / 1e3 / median(ms);
    return {
      bench: `first index: ${(truth.bytes / 1e6).toFixed(0)} MB, ${truth.lines} lines, medians of ${ROUNDS}`,
      figures: [
        { name: 'sessionlake start --once, whole process', value: rate(own), unit: 'MB/s' },
        { name: 'DuckDB read_ndjson, four columns', value: rate(duck), unit: 'MB/s' },
        { name: 'JSON.parse of every line, nothing kept', value: rate(parse), unit: 'MB/s' },
        { name: 'sessionlake / DuckDB, time', value: median(own) / median(duck), unit: '×' },
        { name: 'memory of a daemon restarted over it', value: peakRssBytes / 1e6, unit: 'MB peak' },
      ],
      notes: ['Page cache warm.'],
    };
  } finally {
    await lake.remove();
  }
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

async function timedAsync(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function duckdbRead(root: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `CREATE TABLE t AS SELECT json_extract_string(line, '$.uuid') AS uuid, json_extract_string(line, '$.type') AS type, json_extract_string(line, '$.timestamp') AS ts, json_extract(line, '$.message.usage') AS usage
     FROM (SELECT json AS line FROM read_ndjson_objects('${root}/**/*.jsonl', ignore_errors = true, maximum_object_size = 67108864))`,
  );
  connection.closeSync();
  instance.closeSync();
}

function parseAll(root: string): void {
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.jsonl')) continue;
    for (const line of readFileSync(join(root, name), 'utf8').split('\n')) {
      try {
        JSON.parse(line);
      } catch {
        // A line that is no JSON costs as much.
      }
    }
  }
}
