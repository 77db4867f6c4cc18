// What is known of one session, kept up to date by what commits change, and its facts, made when somebody asks.

import { compareTold } from '../../core/told.ts';
import { countsBefore } from '../gathered-facts.ts';
import type { CwdRow, TitleRow } from '../gathered-facts.ts';
import type { ActivityDelta } from '../delta-sums.ts';
import type { SessionName } from '../directories.ts';
import { Spending } from '../queries/spending.ts';
import type { FileMarks } from './file-marks.ts';
import { modelsOf, spendingOf } from './session-facts.ts';
import type { AgentFacts, SessionFacts } from './session-facts.ts';
import type { UsageTable } from './usage-table.ts';

/** Of the main thread, or of a subagent. Times are milliseconds, -1 for none. */
type Activity = Pick<ActivityDelta, 'messages' | 'toolCalls' | 'errors' | 'bytes' | 'firstMs' | 'lastMs'>;

export class SessionSums {
  readonly ix: number;
  private readonly activity = new Map<number, Activity>();
  private title: TitleRow | null = null;
  private cwds: { first: CwdRow; last: CwdRow } | null = null;
  private made: SessionFacts | null = null;

  constructor(ix: number) {
    this.ix = ix;
  }

  /** Something that its facts are made from changed. */
  changed(): void {
    this.made = null;
  }

  addActivity(agent: number, delta: Activity): void {
    const known = this.activity.get(agent);
    if (known === undefined) {
      const { messages, toolCalls, errors, bytes, firstMs, lastMs } = delta;
      this.activity.set(agent, { messages, toolCalls, errors, bytes, firstMs, lastMs });
      return;
    }
    known.messages += delta.messages;
    known.toolCalls += delta.toolCalls;
    known.errors += delta.errors;
    known.bytes += delta.bytes;
    if (delta.firstMs !== -1 && (known.firstMs === -1 || delta.firstMs < known.firstMs)) known.firstMs = delta.firstMs;
    known.lastMs = Math.max(known.lastMs, delta.lastMs);
  }

  addTitle(title: TitleRow): void {
    const known = this.title;
    if (known === null || title.rank > known.rank || (title.rank === known.rank && countsBefore(title, known))) this.title = title;
  }

  addCwds({ first, last }: { first: CwdRow; last: CwdRow }): void {
    const isEarlier = (a: CwdRow, b: CwdRow): boolean => compareTold(a, b, [a.cwd, b.cwd]) < 0;
    const known = this.cwds ?? { first, last };
    this.cwds = { first: isEarlier(first, known.first) ? first : known.first, last: isEarlier(known.last, last) ? last : known.last };
  }

  facts(name: SessionName, files: FileMarks, usage: UsageTable): SessionFacts {
    return (this.made ??= this.make(name, files, usage));
  }

  private make({ id, source, project }: SessionName, marks: FileMarks, usage: UsageTable): SessionFacts {
    const { ix, activity, title, cwds } = this;
    const main = activity.get(0);
    const rows = usage.rowsOf(ix);
    const agents: AgentFacts[] = [];
    let [firstMs, lastMs, bytes] = [-1, -1, 0];
    for (const [agent, of] of activity) {
      bytes += of.bytes;
      if (of.firstMs !== -1 && (firstMs === -1 || of.firstMs < firstMs)) firstMs = of.firstMs;
      lastMs = Math.max(lastMs, of.lastMs);
      // An agent that was only heard of (a fork repeats its parent's tool results) is none of this session's.
      if (agent > 0) agents.push({ ix: agent, firstMs: timeOf(of.firstMs), lastMs: timeOf(of.lastMs), messages: of.messages, toolCalls: of.toolCalls, errors: of.errors });
    }
    return {
      ix, id, source, project, agents, bytes,
      firstMs: timeOf(firstMs),
      lastMs: timeOf(lastMs),
      messages: main?.messages ?? 0,
      toolCalls: main?.toolCalls ?? 0,
      errors: main?.errors ?? 0,
      ...marks.of(ix),
      title: title?.title ?? null,
      cwd: cwds?.first.cwd ?? null,
      lastCwd: cwds === null ? null : { cwd: cwds.last.cwd, atMs: cwds.last.at, line: cwds.last.line },
      own: rows.length === 0 ? NOTHING_SPENT : spendingOf(rows.filter(({ agent }) => agent === 0)),
      all: rows.length === 0 ? NOTHING_SPENT : spendingOf(rows),
      models: modelsOf(rows),
    };
  }
}

const NOTHING_SPENT = new Spending();

function timeOf(ms: number): number | null {
  return ms === -1 ? null : ms;
}
