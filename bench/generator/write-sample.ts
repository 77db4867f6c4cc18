// Writes data/sample: a small lake that has each thing the reader must cope
// with, and expected.json, the truth about it. Run by "npm run sample"; the same
// code gives the same bytes, and a test compares them with what is committed.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eraOf } from './eras.ts';
import { Lake } from './generate.ts';
import { projects, type Project } from './projects.ts';
import type { SessionEnd, SessionEvent, SessionPlan } from './session.ts';
import { plainPlan } from './shapes.ts';
import { DirectorySink } from './sink.ts';
import type { Truth } from './truth.ts';

const SEED = 20_261_112;
const MALFORMED_RATE = 0.05;

interface SampleSession {
  project: number;
  version: string;
  start: string;
  turns: number;
  /** One list per turn. */
  events: SessionEvent[][];
  more?: Partial<SessionPlan>;
  /** Copies the session written just before it. */
  resumes?: boolean;
}

/** A dozen sessions over fifteen months, old versions first: every layout and every event at least once. */
const SESSIONS: readonly SampleSession[] = [
  { project: 0, version: '1.0.88', start: '2025-08-26T09:14:00Z', turns: 2, events: [['agent'], ['api_error']] },
  { project: 0, version: '2.0.37', start: '2025-11-12T13:02:00Z', turns: 2, events: [['warm_up', 'team'], ['lost_result']] },
  { project: 1, version: '2.0.37', start: '2025-11-14T08:45:00Z', turns: 2, events: [['agent'], ['command']] },
  { project: 1, version: '2.0.37', start: '2025-11-14T18:20:00Z', turns: 1, events: [], resumes: true },
  { project: 2, version: '2.0.64', start: '2025-12-16T20:31:00Z', turns: 2, events: [[], ['agent']], more: { gateway: true } },
  { project: 1, version: '2.1.17', start: '2026-01-29T10:05:00Z', turns: 2, events: [['team', 'rewind'], ['nested', 'lost_result']] },
  { project: 2, version: '2.1.62', start: '2026-03-11T15:40:00Z', turns: 2, events: [['agent', 'compact'], ['compact', 'unknown']] },
  { project: 0, version: '2.1.114', start: '2026-05-04T07:58:00Z', turns: 3, events: [['aside'], ['background'], ['custom_title', 'queued_prompt']] },
  { project: 1, version: '2.1.181', start: '2026-10-21T09:30:00Z', turns: 3, events: [['team', 'compact'], ['nested'], ['compact', 'aside', 'api_error']] },
  { project: 2, version: '2.1.181', start: '2026-10-30T16:12:00Z', turns: 2, events: [['agent'], ['unknown']] },
  { project: 2, version: '2.1.181', start: '2026-10-31T11:47:00Z', turns: 1, events: [['custom_title']], resumes: true },
  { project: 0, version: '2.1.181', start: '2026-11-02T08:20:00Z', turns: 2, events: [['agent', 'command'], ['rewind']], more: { style: 'non-ascii' } },
];

function planOf(sample: SampleSession, places: readonly Project[], before: SessionEnd | null): SessionPlan {
  const plan = plainPlan(places[sample.project] as Project, eraOf(sample.version), Date.parse(sample.start));
  return {
    ...plan,
    sizes: { text: 90, output: 110 },
    budgetBytes: Infinity,
    maxTurns: sample.turns,
    maxSteps: 2,
    agentSteps: 1,
    eventRate: 0,
    events: sample.events.flatMap((events, turn) => events.map((event) => ({ turn, event }))),
    resumes: sample.resumes === true ? before : null,
    ...sample.more,
  };
}

/** Replaces the logs and the truth in dir; leaves its README alone. */
export function writeSample(dir: string): Truth {
  const logs = join(dir, 'claude-code');
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const lake = new Lake(SEED, new DirectorySink(logs), MALFORMED_RATE);
  const places = projects(3);
  let before: SessionEnd | null = null;
  for (const sample of SESSIONS) before = lake.write(planOf(sample, places, before));
  const truth = lake.finish({ seed: SEED, malformed_rate: MALFORMED_RATE });
  writeFileSync(join(dir, 'expected.json'), `${JSON.stringify(truth, null, 2)}\n`);
  return truth;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const dir = process.argv[2];
  if (dir === undefined || dir.startsWith('-') || process.argv.length > 3) {
    process.stderr.write('usage: tsx bench/generator/write-sample.ts DIR\n');
    process.exitCode = 2;
  } else {
    const truth = writeSample(dir);
    process.stdout.write(`${truth.sessions.length} sessions, ${truth.agents.length} agents, ${truth.lines} lines, ${truth.bytes} bytes in ${dir}\n`);
  }
}
