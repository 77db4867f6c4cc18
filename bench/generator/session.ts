// What the parts that write one session share: its plan, its random source, its
// main thread, and the lake it belongs to.

import type { Era } from './eras.ts';
import { LogFile, type FileCounts } from './log-file.ts';
import type { Oddities } from './oddities.ts';
import { encodeCwd, type Project } from './projects.ts';
import { Prose, type ProseStyle } from './prose.ts';
import type { Rng } from './rng.ts';
import type { Sink } from './sink.ts';
import type { Sizes } from './steps.ts';
import { Transcript, type HistoryLine } from './transcript.ts';
import type { SessionTruth, TruthRecorder } from './truth.ts';

/** Things that happen in a session now and then; a plan may ask for them at a turn. */
export type SessionEvent =
  | 'agent' | 'team' | 'background' | 'nested' | 'lost_result' | 'warm_up' | 'aside' | 'compact' | 'api_error' | 'unknown' | 'rewind'
  | 'custom_title' | 'command' | 'queued_prompt';

export interface SessionPlan {
  project: Project;
  era: Era;
  startMs: number;
  sizes: Sizes;
  style: ProseStyle;
  /** The session ends after the first turn that reaches either. */
  maxTurns: number;
  budgetBytes: number;
  /** Requests per turn, at most. */
  maxSteps: number;
  agentSteps: number;
  events: readonly { turn: number; event: SessionEvent }[];
  /** The chance that a turn has an event the plan did not ask for. */
  eventRate: number;
  /** Subagents to start in all, several at a time, whatever the budget; 0 leaves them to events. */
  agentTarget: number;
  agentBudgetBytes: number;
  gateway: boolean;
  /** Begins as a copy of that session's chain. */
  resumes: SessionEnd | null;
}

export interface SessionEnd {
  truth: SessionTruth;
  endMs: number;
  history: readonly HistoryLine[];
  historyComplete: boolean;
}

/** What all sessions of a lake share. */
export interface LakeParts {
  rng: Rng;
  sink: Sink;
  truth: TruthRecorder;
  oddities: Oddities;
  counts: FileCounts;
  /** The last summary per project folder, for the next session there to repeat. */
  summaries: Map<string, { summary: string; leafUuid: string }>;
}

export class Session {
  readonly lake: LakeParts;
  readonly plan: SessionPlan;
  readonly rng: Rng;
  readonly prose: Prose;
  readonly truth: SessionTruth;
  readonly folder: string;
  readonly file: LogFile;
  readonly main: Transcript;
  compactions = 0;
  private readonly startBytes: number;

  constructor(lake: LakeParts, plan: SessionPlan) {
    const { project, era, resumes } = plan;
    this.lake = lake;
    this.plan = plan;
    this.rng = lake.rng.fork('session');
    this.prose = new Prose(this.rng, project, plan.style);
    this.folder = encodeCwd(project.cwd);
    this.truth = lake.truth.session(this.rng.uuid(), this.folder, project.cwd, era.version, resumes?.truth.id ?? null);
    this.startBytes = lake.counts.bytes;
    this.file = this.openFile(`${this.folder}/${this.truth.id}.jsonl`);
    this.main = new Transcript({
      rng: this.rng, prose: this.prose, era, truth: lake.truth, session: this.truth, file: this.file, totals: this.truth.own,
      sidechain: false, agentId: null, branch: project.branch, slug: era.slug ? this.prose.slug() : null, models: era.models,
      startMs: plan.startMs, gateway: plan.gateway, sessionKind: resumes !== null && era.envelopeLast ? 'bg' : null,
    });
  }

  openFile(path: string): LogFile {
    return new LogFile(this.lake.sink, path, this.truth.id, this.lake.truth, this.lake.oddities, this.lake.counts);
  }

  get bytes(): number {
    return this.lake.counts.bytes - this.startBytes;
  }
}
