// Every question of the API, over a lake of 1 GB, by ten clients, while lines arrive: of an answer that is
// computed, of one that was kept, of one about a session that nobody looked at lately, the same while a large
// session is read in, and right after a restart. Beside it, the same questions to the files.

import { Agent } from 'node:http';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeLines } from './api/arriving.ts';
import { ask, askAll, type Answered, type Question } from './api/clients.ts';
import { askFiles } from './api/duckdb-questions.ts';
import { isAboutSession, questionsAtRandom, usualQuestions } from './api/questions.ts';
import { quantile, type BenchResult, type Figure } from './support/figures.ts';
import { servePlain } from './peers/plain-answers.ts';
import { BenchLake, processUsage } from './support/lake.ts';
import { logsOf } from './support/logs.ts';

const SIZE = Number(process.env['BENCH_API_BYTES'] ?? 1e9);
const QUICK_SIZE = 60e6;
const CLIENTS = 10;
const MANY_CLIENTS = 100;
const PAUSE_MS = 40;
const LINES_A_SECOND = 200;
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;
/** So that answers are computed although nothing they depend on changed. */
const CLEAR_EVERY_MS = 250;
/** In which a daemon that has caught up asks itself what may be asked first. */
const SETTLE_MS = 3000;
const COLD_SECONDS = 2;

export async function apiBench(quick = false): Promise<BenchResult> {
  const size = quick ? QUICK_SIZE : SIZE;
  const logs = await logsOf({ seed: 1, shape: 'mixed', targetBytes: size });
  const wide = await logsOf(quick ? { seed: 3, shape: 'wide', targetBytes: 20e6, agents: 100 } : { seed: 3, shape: 'wide', targetBytes: 300e6, agents: 1000 });
  const seconds = quick ? 5 : 20;
  const lake = new BenchLake(logs.root);
  const arriving = join(lake.dir, 'arriving');
  mkdirSync(arriving);
  try {
    const flags = ['--no-archive', '--rate-limit', '0', '--root', arriving];
    await lake.start(flags);
    await sleep(SETTLE_MS);
    const questions = await usualQuestions(lake);
    const limit = size >= 5e9 ? 30 : 15;
    const usual = await measured(lake, questions, { seconds, arriving, clear: true });
    const kept = await measured(lake, questions.filter(({ path }) => isAboutSession(path)), { seconds: seconds / 2, arriving, clear: false });
    const plain = await measuredPlain(kept, lake.headers, seconds / 2);
    const looks = await measured(lake, await questionsAtRandom(lake), { seconds, arriving, clear: false });
    cpSync(wide.root, join(arriving, 'wide'), { recursive: true });
    const busy = await measured(lake, questions, { seconds, arriving, clear: true });
    await lake.caughtUp();
    const crowd = await measured(lake, questions, { seconds: seconds / 2, arriving, clear: true, clients: MANY_CLIENTS });
    const { rssBytes, peakRssBytes } = processUsage(lake.pid);
    await lake.stop();
    await lake.start(flags);
    const cold = await measured(lake, questions, { seconds: COLD_SECONDS, arriving, clear: true });
    const all = [...usual, ...kept, ...looks, ...busy, ...crowd, ...cold];
    const failed = all.filter(({ status }) => status >= 400);
    const files = await askFiles(logs.root);
    return {
      bench: `api: ${CLIENTS} clients over ${(logs.truth.bytes / 1e6).toFixed(0)} MB, ${LINES_A_SECOND} lines a second arriving`,
      figures: [
        ...spread('computed answers', computed(usual), { p95: limit, p99: 100 }),
        ...byQuestion(computed(usual), limit),
        ...spread(`computed answers to what was asked after ${COLD_SECONDS} s`, computed(usual).filter(({ askedAt }) => askedAt >= COLD_SECONDS * 1000), {}),
        ...spread('kept answers', kept.filter(({ cached }) => cached), { p95: 2 }),
        ...spread('answers of the same sizes by a server that does nothing else', plain, {}).map((figure) => Object.assign(figure, { reference: true })),
        ...spread('about sessions chosen at random', computed(looks), { p95: limit }),
        ...spread(`while ${(wide.truth.bytes / 1e6).toFixed(0)} MB of one session are read in`, computed(busy), { p99: 100 }),
        ...spread(`${MANY_CLIENTS} clients`, computed(crowd), {}),
        ...spread(`the first ${COLD_SECONDS} s after a restart`, computed(cold), {}),
        { name: 'memory afterwards', value: rssBytes / 1e6, unit: 'MB', goal: { atMost: 400 } },
        { name: 'memory at its most', value: peakRssBytes / 1e6, unit: 'MB' },
        { name: 'largest answer', value: Math.max(...all.map(({ bytes }) => bytes)) / 1024 / 1024, unit: 'MiB', goal: { atMost: ANSWER_MAX_BYTES / 1024 / 1024 } },
        { name: 'answers that failed', value: failed.length, unit: 'answers', goal: { atMost: 0 } },
        ...[...files].map(([name, ms]): Figure => ({ name: `DuckDB read_json_auto over the files: ${name}`, value: ms, unit: 'ms', reference: true })),
      ],
      notes: [
        `Each client waits ${PAUSE_MS} ms after an answer on average, up to twice as long; they, who writes the lines and the daemon share the machine. Kept answers are dropped every ${CLEAR_EVERY_MS} ms where computed ones are measured.`,
        `It begins ${SETTLE_MS / 1000} s after all is indexed; after the restart, at once.`,
        'A question is an operation of the OpenAPI document with its defaults, and one for each grouping; of a session the last active and the largest. Those about sessions chosen at random are asked once each, of 500.',
        'The server beside kept answers has them in memory and sends them in turn, without lines that arrive.',
        'DuckDB alone answers without cost and subagents, and reads every file for each question.',
        ...(failed.length > 0 ? [`Failed: ${[...new Set(failed.map(({ name, status }) => `${name} (${status})`))].join(', ')}.`] : []),
      ],
    };
  } finally {
    await lake.remove();
  }
}

interface Phase {
  seconds: number;
  arriving: string;
  clear: boolean;
  clients?: number;
}

async function measured(lake: BenchLake, questions: readonly Question[], { seconds, arriving, clear, clients = CLIENTS }: Phase): Promise<Answered[]> {
  const stop = AbortSignal.timeout(seconds * 1000);
  const { url, headers } = lake;
  const clearing = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true });
    if (!clear) return;
    while (!stop.aborted) {
      await ask(`${url}/health/cache/clear`, headers, agent, 'POST');
      await sleep(CLEAR_EVERY_MS);
    }
    agent.destroy();
  };
  const [answered] = await Promise.all([askAll(questions, { url, headers, clients, pauseMs: PAUSE_MS }, stop), writeLines(arriving, LINES_A_SECOND, stop), clearing()]);
  return answered;
}

/** The same clients, nothing arriving. */
async function measuredPlain(kept: readonly Answered[], headers: Record<string, string>, seconds: number): Promise<Answered[]> {
  const server = await servePlain(kept.filter(({ cached }) => cached).map(({ bytes }) => bytes));
  try {
    return await askAll([{ name: 'plain', path: '/' }], { url: server.url, headers, clients: CLIENTS, pauseMs: PAUSE_MS }, AbortSignal.timeout(seconds * 1000));
  } finally {
    server.close();
  }
}

function computed(answered: readonly Answered[]): Answered[] {
  return answered.filter(({ cached }) => !cached);
}

function spread(name: string, answered: readonly Answered[], goals: { p95?: number; p99?: number }): Figure[] {
  const ms = answered.map((answer) => answer.ms);
  const figure = (label: string, q: number, atMost?: number): Figure => ({ name: `${name}, ${label}`, value: quantile(ms, q), unit: 'ms', ...(atMost !== undefined && { goal: { atMost } }) });
  return [figure('p50', 0.5), figure('p95', 0.95, goals.p95), figure('p99', 0.99, goals.p99)];
}

/** The slowest first. */
function byQuestion(answered: readonly Answered[], atMost: number): Figure[] {
  const names = [...new Set(answered.map(({ name }) => name))];
  const figures = names.map((name): Figure => ({ name: `${name}, p95`, value: quantile(answered.filter((answer) => answer.name === name).map(({ ms }) => ms), 0.95), unit: 'ms', goal: { atMost } }));
  return figures.toSorted((a, b) => b.value - a.value);
}
