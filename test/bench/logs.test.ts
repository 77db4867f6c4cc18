// The references are only worth something when they read what we read.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { LINES_SQL } from '../../bench/peers/duckdb-read.ts';
import { linesOf } from '../../bench/peers/json-parse.ts';
import { benchNames, loadBench } from '../../bench/support/discover.ts';
import { measureHere, measureProcess } from '../../bench/support/measure.ts';

const scratch = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('DuckDB makes a row of every line, and of their usage the sums that are right', async () => {
  const truth = await generateLake({ dir: scratch, seed: 4, sessions: 6 });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`WITH lines AS (${LINES_SQL(scratch)}), calls AS (SELECT max(output) AS output FROM lines WHERE output IS NOT NULL GROUP BY call_message)
    SELECT count(*)::DOUBLE AS lines, count(ts_ms) > 0 AS times, count(tools) > 0 AS tools, count(tool_results) > 0 AS results, (SELECT sum(output) FROM calls)::DOUBLE AS output FROM lines`);
  connection.closeSync();
  instance.closeSync();
  expect(reader.getRowObjects()).toEqual([{ lines: truth.lines, times: true, tools: true, results: true, output: truth.totals.output_tokens }]);
});

it('lines end at newlines, and the last one may lack it', () => {
  expect([...linesOf(Buffer.from('a\n\nbé\nlast'))]).toEqual(['a', '', 'bé', 'last']);
  expect([...linesOf(Buffer.from('a\n'))]).toEqual(['a']);
});

it('every bench is found by its name and can be loaded', async () => {
  expect(benchNames()).toContain('index');
  for (const name of benchNames()) expect(await loadBench(name)).toBeTypeOf('function');
});

it('a process is measured as a whole, and one that fails is told with what it said', async () => {
  const file = join(scratch, 'work.mjs');
  writeFileSync(file, 'const held = Buffer.alloc(64e6, 1); const end = Date.now() + 200; while (Date.now() < end); if (process.argv[2]) { console.error("no " + held.length); process.exit(3); }');
  const { wallMs, cpuSeconds, peakBytes } = await measureProcess(process.execPath, [file]);
  expect(wallMs).toBeGreaterThanOrEqual(200);
  if (process.platform === 'linux') {
    expect(cpuSeconds).toBeGreaterThan(0);
    expect(peakBytes).toBeGreaterThan(64e6);
  }
  await expect(measureProcess(process.execPath, [file, 'fail'])).rejects.toThrow('ended with 3: no 64000000');
});

it('work within the process is waited for', async () => {
  let done = false;
  await measureHere(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    done = true;
  });
  expect(done).toBe(true);
});
