// `npm run bench -- --check`: a step of `npm test`. At most a minute on two busy cores.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { warmPeer } from './peers/peer.ts';
import { betterOf, judge, measureRatios, verdictTable, worseOf } from './support/check.ts';
import type { Baseline, CpuWork, Path } from './support/check.ts';
import { BenchLake, processUsage } from './support/lake.ts';
import { logsOf } from './support/logs.ts';

const BASELINE = fileURLToPath(new URL('baseline.json', import.meta.url));
const BYTES = 40e6;
const ROUNDS = 2;
/** The kernel counts CPU in hundredths of a second: one export of this size is too short. */
const JSONL_EXPORTS = 12;
const NDJSON_EXPORTS = 4;
const MARGIN = 1.5;

/** The exit code: 0 where every ratio holds. */
export async function checkCommand(update: boolean): Promise<number> {
  if (!existsSync('/proc/self/stat')) {
    process.stdout.write('Left out: only Linux tells what a process costs.\n');
    return 0;
  }
  const { root } = await logsOf({ seed: 1, shape: 'mixed', targetBytes: BYTES });
  const writing = new BenchLake(root);
  const serving = new BenchLake(root);
  try {
    await serving.start(['--no-archive']);
    const ratios = (): Promise<Map<string, number>> => measureRatios(pathsOf(writing, serving, root), cpuOf('JSON.parse of every line, nothing kept', root), ROUNDS);
    return await (update ? writeBaseline(ratios) : check(ratios));
  } finally {
    await serving.remove();
    await writing.remove();
  }
}

async function check(measure: () => Promise<Map<string, number>>): Promise<number> {
  const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Baseline;
  let ratios = await measure();
  if (judge(ratios, baseline).some(({ held }) => !held)) ratios = betterOf(ratios, await measure());
  const verdicts = judge(ratios, baseline);
  process.stdout.write(`${verdictTable(verdicts)}\n`);
  return verdicts.every(({ held }) => held) ? 0 : 1;
}

/** Of two tries the larger: a lucky one would fail those after it. */
async function writeBaseline(measure: () => Promise<Map<string, number>>): Promise<number> {
  const ratios = worseOf(await measure(), await measure());
  const baseline: Baseline = { margin: MARGIN, ratios: Object.fromEntries([...ratios].map(([name, ratio]) => [name, Number(ratio.toFixed(2))])) };
  writeFileSync(BASELINE, `${JSON.stringify(baseline, null, 2)}\n`);
  process.stdout.write(`${verdictTable(judge(ratios, baseline))}\n`);
  return 0;
}

/** In this order: what is archived is what the first index left. */
function pathsOf(writing: BenchLake, serving: BenchLake, root: string): Path[] {
  return [
    { name: 'scan', cpu: cpuOf('our scan of every line', root) },
    { name: 'first index, whole process', cpu: async () => (await writing.indexOnce()).cpuSeconds },
    { name: 'archive, whole process', cpu: async () => (await writing.runOnce(['--archive'])).cpuSeconds },
    { name: `${JSONL_EXPORTS} exports as jsonl`, cpu: () => exports(serving, 'format=jsonl', JSONL_EXPORTS) },
    { name: `${NDJSON_EXPORTS} exports as ndjson with text`, cpu: () => exports(serving, 'format=ndjson&content=text', NDJSON_EXPORTS) },
  ];
}

function cpuOf(name: Parameters<typeof warmPeer>[0], root: string): CpuWork {
  return async () => (await warmPeer(name, root).run()).cpuSeconds;
}

async function exports(lake: BenchLake, query: string, times: number): Promise<number> {
  const before = processUsage(lake.pid).cpuSeconds;
  for (let n = 0; n < times; n++) await drain(`${lake.url}/api/export?${query}`, lake.headers);
  return processUsage(lake.pid).cpuSeconds - before;
}

async function drain(url: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, { headers });
  if (!response.ok || response.body === null) throw new Error(`${url}: ${response.status}`);
  for await (const _chunk of response.body);
}
