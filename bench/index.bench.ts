// The first index by the whole process, from nothing to every row and sum: beside its peers over the same
// logs in turn, over logs ten times as large, and over logs of other shapes.

import { rmSync } from 'node:fs';
import type { Shape } from './generator/shapes.ts';
import type { CallTotals } from './generator/truth.ts';
import { peer } from './peers/peer.ts';
import type { PeerName } from './peers/peer.ts';
import { CCUSAGE_NAME, programs } from './peers/programs.ts';
import { contenderOf, inTurn } from './support/contest.ts';
import type { BenchResult, Contest, Figure } from './support/figures.ts';
import { BenchLake } from './support/lake.ts';
import { dropLogs, logsOf } from './support/logs.ts';
import type { Logs } from './support/logs.ts';

const OURS = 'sessionlake start --once';
const READ_NDJSON: PeerName = 'DuckDB read_ndjson, the same rows';
const PEERS: PeerName[] = [READ_NDJSON, 'DuckDB read_json_auto', 'JSON.parse of every line, nothing kept', 'all bytes read, nothing done'];
const GROWTH = 10;
const SHAPES: Shape[] = ['mixed', 'one-big', 'many-small', 'long-lines', 'non-ascii', 'wide'];

/** Sizes in bytes. */
const FULL = { size: 1e9, rounds: 3, shapeSize: 300e6 };
const QUICK = { size: 60e6, rounds: 2, shapeSize: 40e6 };

export async function indexBench(quick = false): Promise<BenchResult> {
  const { size, rounds, shapeSize } = quick ? QUICK : FULL;
  const logs = await logsOf({ seed: 1, shape: 'mixed', targetBytes: size });
  const { entrants, missing } = programs(logs);
  const whole = await withLake(logs, (lake) => inTurn('first index, the common mix', logs.truth.bytes, rounds, [
    { name: OURS, ours: true, run: () => lake.indexOnce() },
    ...entrants,
    ...PEERS.map((name) => peer(name, logs.root)),
  ]));
  const shapes = await shapeContest(shapeSize, rounds);
  return {
    bench: `first index: ${(logs.truth.bytes / 1e6).toFixed(0)} MB, ${logs.truth.lines} lines, ${logs.truth.log_files} files`,
    contests: [whole, shapes],
    figures: [...figuresOf(whole), ...(await growthFigures(logs, size * GROWTH)), ...shapeFigures(shapes)],
    notes: [
      'Page cache warm. Of the programs the whole process counts, of the references in our own code only the work.',
      'The sums of tokens and calls after each first index are those that the generator knows.',
      ...missing,
    ],
  };
}

function figuresOf(whole: Contest): Figure[] {
  const ours = contenderOf(whole, OURS);
  const figures: Figure[] = [];
  for (const [name, atMost] of [[CCUSAGE_NAME, 0.8], [READ_NDJSON, 0.25]] as const) {
    const other = whole.contenders.find((one) => one.name === name);
    if (other !== undefined) figures.push({ name: `sessionlake : ${name}, wall`, value: ours.wallMs / other.wallMs, unit: '×', goal: { atMost } });
  }
  if (ours.peakBytes !== null) figures.push({ name: 'peak memory of the first index', value: ours.peakBytes / 1e6, unit: 'MB', goal: { atMost: 300 } });
  return figures;
}

/** Ours alone: what several times as much costs. */
async function growthFigures(small: Logs, largeBytes: number): Promise<Figure[]> {
  const once = await withLake(small, (lake) => lake.indexOnce());
  const large = await logsOf({ seed: 2, shape: 'mixed', targetBytes: largeBytes });
  const more = await withLake(large, (lake) => lake.indexOnce());
  dropLogs(large);
  const goal = { atMost: GROWTH * 1.1 };
  return [
    { name: `${GROWTH} times the logs : once, wall`, value: more.wallMs / once.wallMs, unit: '×', goal },
    { name: `${GROWTH} times the logs : once, CPU`, value: more.cpuSeconds / once.cpuSeconds, unit: '×', goal },
    { name: `peak memory with ${GROWTH} times the logs`, value: (more.peakBytes ?? Number.NaN) / 1e6, unit: 'MB' },
  ];
}

/** Ours alone over one size of each shape. */
async function shapeContest(targetBytes: number, rounds: number): Promise<Contest> {
  const lakes: { shape: Shape; logs: Logs; lake: BenchLake }[] = [];
  try {
    for (const shape of SHAPES) {
      const logs = await logsOf(shape === 'wide' ? { seed: 3, shape, targetBytes, agents: 1000 } : { seed: 3, shape, targetBytes });
      lakes.push({ shape, logs, lake: new BenchLake(logs.root) });
    }
    const contest = await inTurn('first index, other shapes', targetBytes, rounds, lakes.map(({ shape, lake }) => ({ name: shape, run: () => lake.indexOnce() })));
    for (const { lake, logs } of lakes) await verifyTotals(lake, logs);
    return contest;
  } finally {
    for (const { lake } of lakes) await lake.remove();
  }
}

/** Of CPU: a shape that uses fewer cores at once costs no more for that. */
function shapeFigures(shapes: Contest): Figure[] {
  const mixed = contenderOf(shapes, 'mixed');
  const others = shapes.contenders.filter((one) => one !== mixed);
  return others.map((one) => ({ name: `rate of ${one.name} : rate of the common mix, CPU`, value: mixed.cpuSeconds / one.cpuSeconds, unit: '×', goal: { atLeast: 0.6 } }));
}

/** What was indexed last has to be right, or the figures say nothing. */
async function withLake<T>(logs: Logs, work: (lake: BenchLake) => Promise<T>): Promise<T> {
  const lake = new BenchLake(logs.root);
  try {
    const result = await work(lake);
    await verifyTotals(lake, logs);
    return result;
  } finally {
    await lake.remove();
  }
}

async function verifyTotals(lake: BenchLake, { truth }: Logs): Promise<void> {
  await lake.start(['--no-archive']);
  const { totals } = await lake.get<{ totals: CallTotals }>('/api/metrics/aggregate');
  const { lines } = await lake.get<{ lines: number }>('/api/status');
  await lake.stop();
  rmSync(lake.dataDir, { recursive: true, force: true });
  const found = Object.fromEntries(Object.keys(truth.totals).map((key) => [key, totals[key as keyof CallTotals]]));
  if (JSON.stringify(found) !== JSON.stringify(truth.totals) || lines !== truth.lines) {
    throw new Error(`the index is wrong: ${JSON.stringify({ ...found, lines })} instead of ${JSON.stringify({ ...truth.totals, lines: truth.lines })}`);
  }
}
