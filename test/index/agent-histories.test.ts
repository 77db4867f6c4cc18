// The agents whose lines say more than a path: the same logs in any order of files, in any appends and
// with restarts between give the same sessions, agents and sums.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';
import { answersOf } from './support/answers.ts';

const goldens = fileURLToPath(new URL('../sources/goldens', import.meta.url));

interface Log {
  golden: string;
  path: string;
}

/** Origins before their copies: which was there first is told by their files' times. */
const LOGS: Record<string, Log[]> = {
  codex: [
    { golden: 'codex/fork-origin', path: '2026/10/01/rollout-2026-10-01T08-00-00-019f0000-0000-7000-8000-00000000000a.jsonl' },
    { golden: 'codex/fork', path: '2026/10/02/rollout-2026-10-02T09-00-00-019f0000-5000-7000-8000-00000000000b.jsonl' },
    { golden: 'codex/spawned-with-history', path: 'rollout-2026-10-03T09-00-00-019f0000-6000-7000-8000-00000000000c.jsonl' },
  ],
  copilot: [
    { golden: 'copilot/session', path: 'c0910000-0000-4000-8000-000000000001/events.jsonl' },
    { golden: 'copilot/agent-ids', path: 'c0910000-0000-4000-8000-000000000002/events.jsonl' },
  ],
  pi: [
    { golden: 'pi/v3', path: '--home-ada-engine--/2026-10-05T08-00-03-000Z_91000000-0000-4000-8000-000000000003.jsonl' },
    { golden: 'pi/branch', path: '--home-ada-engine--/2026-10-05T08-00-04-000Z_91000000-0000-4000-8000-000000000004.jsonl' },
    { golden: 'pi/omp', path: '--home-ada-engine--/2026-10-05T08-00-05-000Z_91000000-0000-4000-8000-000000000005.jsonl' },
    { golden: 'pi/omp-subagent', path: '--home-ada-engine--/2026-10-05T08-00-05-000Z_91000000-0000-4000-8000-000000000005/Counter.jsonl' },
  ],
};

const linesOf = ({ golden }: Log): string[] => readFileSync(`${goldens}/${golden}.jsonl`, 'utf8').split('\n').slice(0, -1);
const fileOf = (log: Log, source: string, at: number): SourceFile => new SourceFile(at + 1, log.path, { source, birthMs: 1_000 * (at + 1) });

/** What does not depend on when a line arrived. */
async function lasting(index: TestIndex): Promise<unknown> {
  const { sessions, trees, agents, aggregates, exact, totals, projects } = await answersOf(index);
  const byId = (items: unknown): unknown[] => (items as { id: string }[]).toSorted((a, b) => a.id.localeCompare(b.id));
  // A project's folder is the newest that was told.
  return { sessions: byId(sessions), projects: texts(projects).map((project) => project.replace(/"cwd":"[^"]*"/, '')), trees: texts(trees), agents: texts(agents), aggregates, exact, totals };
}

function texts(items: unknown): string[] {
  return (items as unknown[]).map((item) => JSON.stringify(item)).toSorted();
}

const open: TestIndex[] = [];
async function newIndex(): Promise<TestIndex> {
  const index = await TestIndex.open();
  open.push(index);
  return index;
}
afterEach(async () => {
  for (const index of open.splice(0)) await index.remove();
});

it.each(Object.entries(LOGS))('%s', async (source, logs) => {
  const whole = await newIndex();
  for (const [at, log] of logs.entries()) await whole.commit([fileOf(log, source, at).read(linesOf(log))]);
  const expected = await lasting(whole);

  /** Which file goes on, by how many lines, and whether the daemon starts anew after it. */
  const step = fc.record({ file: fc.nat(logs.length - 1), lines: fc.integer({ min: 1, max: 12 }), restart: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.shuffledSubarray(logs.map((_, at) => at), { minLength: logs.length }), async (steps, rest) => {
      const index = await newIndex();
      const files = logs.map((log, at) => ({ file: fileOf(log, source, at), lines: linesOf(log) }));
      const goOn = async (at: number, lines: number): Promise<void> => {
        const next = files[at]?.lines.splice(0, lines) ?? [];
        if (next.length > 0) await index.commit([files[at]?.file.read(next) as ReturnType<SourceFile['read']>]);
      };
      for (const { file, lines, restart } of steps) {
        await goOn(file, lines);
        if (restart) await index.restart();
      }
      for (const at of rest) await goOn(at, Number.POSITIVE_INFINITY);
      expect(await lasting(index)).toEqual(expected);
      await index.remove();
      open.splice(open.indexOf(index), 1);
    }),
    { numRuns: 6, endOnFailure: true },
  );
}, 120_000);
