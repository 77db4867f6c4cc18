// Runs the benches by name (all without one), prints tables and writes the same as JSON:
//   npm run bench -- [NAME…] [--quick] [--out FILE]

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { appendBench } from './append.bench.ts';
import { exportBench } from './export.bench.ts';
import { fanoutBench } from './fanout.bench.ts';
import { idleBench } from './idle.bench.ts';
import { indexBench } from './index.bench.ts';
import { liveBench } from './live.bench.ts';
import { tableOf } from './support/figures.ts';
import type { BenchResult } from './support/figures.ts';
import { machineLine } from './support/machine.ts';

const BENCHES: Record<string, (quick: boolean) => Promise<BenchResult>> = {
  live: (quick) => liveBench(quick ? 3 : 10),
  idle: (quick) => idleBench(quick ? 10 : 60),
  export: (quick) => exportBench(quick),
  fanout: (quick) => fanoutBench(quick),
  append: () => appendBench(),
  index: (quick) => indexBench(quick ? 50 : 300),
};

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const outAt = args.indexOf('--out');
const out = outAt === -1 ? null : (args[outAt + 1] ?? null);
const names = args.filter((arg, i) => !arg.startsWith('--') && (outAt === -1 || i !== outAt + 1));
const unknown = names.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`There is no bench named ${unknown.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}.\n`);
  process.exit(2);
}
process.stdout.write(`${machineLine()}\n\n`);
const results: BenchResult[] = [];
for (const name of names.length === 0 ? Object.keys(BENCHES) : names) {
  const result = await (BENCHES[name] as (quick: boolean) => Promise<BenchResult>)(quick);
  results.push(result);
  process.stdout.write(`${tableOf(result)}\n\n`);
}
if (out !== null) {
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify({ machine: machineLine(), date: new Date().toISOString(), results }, null, 2)}\n`);
}
