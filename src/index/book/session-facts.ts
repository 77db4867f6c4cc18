// What the sums of one session come to, read from the tables: enough to answer for it, for its project and
// for its share of any sum, without asking the database again.

import { Spending } from '../spending/spending.ts';
import type { SpendingSums } from '../spending/spending.ts';

/** Usage of one agent and model in one quarter hour. Zero or less where its calls moved to another session. */
export interface UsageRow extends SpendingSums {
  /** Quarter hours since the epoch, -1 for no time. */
  bucket: number;
  /** 0: the main thread. */
  agent: number;
  model: number;
}

export interface AgentFacts {
  ix: number;
  firstMs: number | null;
  lastMs: number | null;
  records: number;
  messages: number;
  toolCalls: number;
  errors: number;
}

export interface Told {
  cwd: string;
  atMs: number;
  line: number;
}

export interface SessionFacts {
  ix: number;
  id: string;
  source: string;
  project: string;
  firstMs: number | null;
  lastMs: number | null;
  /** Of the main thread, as are the next three. */
  records: number;
  messages: number;
  toolCalls: number;
  errors: number;
  /** Of all its lines. */
  bytes: number;
  agents: readonly AgentFacts[];
  files: number;
  offsetBytes: number;
  archivedBytes: number;
  /** When its files were last written; null where it has none. */
  modifiedMs: number | null;
  /** None of its files is there any more. */
  gone: boolean;
  title: string | null;
  cwd: string | null;
  /** The newest folder told, and when and on which line of its log it was. */
  lastCwd: Told | null;
  own: Spending;
  all: Spending;
  /** Models that an agent of it has calls of. */
  models: ReadonlySet<number>;
  /** Whether a model is among these: for many sessions. */
  uses(model: number): boolean;
}

/** What its calls came to, those of the main thread alone and those of all. */
export type Spent = Readonly<Pick<SessionFacts, 'own' | 'all' | 'models'>>;

export function spentIn(rows: readonly UsageRow[]): Spent {
  return { own: spendingOf(rows.filter(({ agent }) => agent === 0)), all: spendingOf(rows), models: modelsOf(rows) };
}

export function spendingOf(rows: Iterable<UsageRow>): Spending {
  const sum = new Spending();
  for (const row of rows) sum.add(row);
  return sum;
}

/** Of an agent's calls of one model some may have moved away: what is left counts. */
export function modelsOf(rows: readonly UsageRow[]): Set<number> {
  const calls = new Map<string, number>();
  for (const { agent, model, calls: some } of rows) if (model > 0) calls.set(`${agent}/${model}`, (calls.get(`${agent}/${model}`) ?? 0) + some);
  return new Set([...calls].filter(([, sum]) => sum > 0).map(([key]) => Number(key.slice(key.indexOf('/') + 1))));
}
