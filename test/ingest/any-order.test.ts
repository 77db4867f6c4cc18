// The logs of every source, their files in any order, cut at any byte into any appends, with restarts in
// between, whole and killed: the same sessions, titles, links and sums as of the files read at once. Files, ingest
// and index are real. Runs 4 histories a source; SESSIONLAKE_HISTORIES=N runs N.

import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SourceId } from '../../src/core/settings/source-id.ts';
import { compact } from '../../src/index/commit/compaction.ts';
import type { Ingest } from '../../src/ingest/ingest.ts';
import { answersOf } from '../index/support/answers.ts';
import { TestIndex } from '../index/support/test-index.ts';
import { SOURCE_LOGS } from '../support/source-logs.ts';
import type { SourceLog } from '../support/source-logs.ts';
import { newIngest } from './test-ingest.ts';

const HISTORIES = Number(process.env['SESSIONLAKE_HISTORIES'] ?? 4);

/** A lake over a folder that the test writes. */
class Reading {
  readonly dir = mkdtempSync(join(tmpdir(), 'any-order-'));
  private readonly source: SourceId;
  private readonly logs: readonly SourceLog[];
  private readonly written: number[];
  private index!: TestIndex;
  private ingest!: Ingest;

  constructor(source: SourceId, logs: readonly SourceLog[]) {
    this.source = source;
    this.logs = logs;
    this.written = logs.map(() => 0);
    for (const folder of ['index', 'logs']) mkdirSync(join(this.dir, folder));
  }

  async start(): Promise<void> {
    this.index = await TestIndex.open(join(this.dir, 'index'));
    await this.watch();
  }

  /** Some more of a file. A file's times are its own: by them forks are told from their origins. */
  append(at: number, bytes: number): void {
    const { path, bytes: all } = this.logs[at] as SourceLog;
    const from = this.written[at] as number;
    const to = Math.min(all.length, from + bytes);
    if (to === from) return;
    const file = join(this.dir, 'logs', path);
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, all.subarray(from, to));
    utimesSync(file, 1_700_000_000 + at, 1_700_000_000 + at);
    this.written[at] = to;
  }

  async read(): Promise<void> {
    await this.ingest.sweep();
    await this.ingest.caughtUp();
  }

  async restart(): Promise<void> {
    await this.ingest.close();
    await this.index.restart();
    await this.watch();
  }

  async compact(): Promise<void> {
    await this.index.writer.exclusively(compact);
  }

  /** What does not depend on when a line arrived. */
  async lasting(): Promise<unknown> {
    const { sessions, projects, trees, agents, aggregates, exact, totals } = await answersOf(this.index);
    const texts = (items: unknown): string[] => (items as unknown[]).map((item) => JSON.stringify(item)).toSorted();
    return { sessions: texts(sessions), projects: texts(projects), trees: texts(trees), agents: texts(agents), aggregates, exact, totals };
  }

  async end(): Promise<void> {
    await this.ingest.close();
    await this.index.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async watch(): Promise<void> {
    ({ ingest: this.ingest } = newIngest(join(this.dir, 'logs'), this.index.writer, { roots: [{ source: this.source, path: join(this.dir, 'logs') }] }));
    await this.ingest.start();
    await this.ingest.caughtUp();
  }
}

async function inOneGo(source: SourceId, logs: readonly SourceLog[]): Promise<unknown> {
  const reading = new Reading(source, logs);
  for (const at of logs.keys()) reading.append(at, Number.POSITIVE_INFINITY);
  await reading.start();
  const answers = await reading.lasting();
  await reading.end();
  return answers;
}

it.each(SOURCE_LOGS)('%s', async (source, logs) => {
  const expected = await inOneGo(source, logs);
  const step = fc.record({ file: fc.nat(logs.length - 1), bytes: fc.integer({ min: 1, max: 900 }), next: fc.constantFrom('nothing', 'read', 'read', 'read', 'restart', 'compact') });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 24 }), fc.shuffledSubarray([...logs.keys()], { minLength: logs.length }), async (steps, rest) => {
      const reading = new Reading(source, logs);
      await reading.start();
      try {
        for (const { file, bytes, next } of steps) {
          reading.append(file, bytes);
          if (next !== 'nothing') await reading.read();
          if (next === 'restart') await reading.restart();
          if (next === 'compact') await reading.compact();
        }
        for (const at of rest) {
          reading.append(at, Number.POSITIVE_INFINITY);
          if (at % 2 === 0) await reading.read();
        }
        await reading.read();
        expect(await reading.lasting()).toEqual(expected);
      } finally {
        await reading.end();
      }
    }),
    { numRuns: HISTORIES, endOnFailure: true },
  );
}, 60_000 + HISTORIES * 3000);
