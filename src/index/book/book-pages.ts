// Everything a book of sessions holds, and how a commit changes it.

import { LRUCache } from 'lru-cache';
import type { CallChanges } from '../calls/call-ledger.ts';
import type { Contribution } from '../calls/call-line.ts';
import type { TitleRow } from '../rows/gathered-facts.ts';
import type { PricedModels } from '../spending/priced-models.ts';
import type { Activity } from './agent-rows.ts';
import type { AddedPart, CommitChange } from '../follow/commit-changes.ts';
import { FileMarks } from './file-marks.ts';
import { ProjectTable } from './project-table.ts';
import { spentIn } from './session-facts.ts';
import type { Spent } from './session-facts.ts';
import { SessionOrder } from './session-order.ts';
import { SessionTable } from './session-table.ts';
import { ToolTable } from './tool-table.ts';
import { UsageLevels } from './usage-levels.ts';
import { UsageTable } from './usage-table.ts';

/** More than are on a page. */
const SPENT_KEPT = 512;

export class BookPages {
  readonly files = new FileMarks();
  readonly usage = new UsageTable();
  /** Follows the table. */
  readonly levels = new UsageLevels();
  readonly tools = new ToolTable();
  readonly projects = new ProjectTable();
  readonly orders = { firstMs: new SessionOrder(), lastMs: new SessionOrder() };
  readonly sessions = new SessionTable();
  /** What some spent, of those that were asked for last. */
  private readonly spent = new LRUCache<number, Spent>({ max: SPENT_KEPT });

  begin(session: number): void {
    if (this.sessions.begin(session)) this.touch(session);
  }

  spentBy(session: number): Spent {
    let spent = this.spent.get(session);
    if (spent === undefined) this.spent.set(session, (spent = spentIn(this.usage.rowsOf(session))));
    return spent;
  }

  addActivity(session: number, agent: number, activity: Activity): void {
    this.changing(session);
    this.sessions.addActivity(session, agent, activity);
  }

  addTitle(title: TitleRow): void {
    this.changing(title.session);
    this.sessions.addTitle(title);
  }

  addCwds(cwds: CommitChange['cwds'][number]): void {
    this.changing(cwds.first.session);
    this.sessions.addCwds(cwds);
  }

  join(file: number, session: number): void {
    this.files.join(file, session);
    this.changing(session);
  }

  /** Sessions that lines came of after a lake offset; of commits that were told, not of what was read. */
  writtenSince(offset: number): number[] {
    const { of: { writtenAt }, last } = this.sessions;
    const found: number[] = [];
    for (let session = 1; session <= last; session++) if ((writtenAt[session] as number) > offset) found.push(session);
    return found;
  }

  commit({ top, sessions, files, fileSessions, activity, tools, titles, cwds, calls }: CommitChange, prices: PricedModels): void {
    for (const session of sessions) this.changing(session);
    for (const { file, session } of fileSessions) this.join(file, session);
    for (const file of files) this.changed(this.files.set(file.fileIx, file));
    for (const delta of activity) {
      this.addActivity(delta.session, delta.agent, delta);
      this.sessions.of.writtenAt[delta.session] = top;
    }
    for (const delta of tools) this.tools.add(delta);
    for (const title of titles) this.addTitle(title);
    for (const cwd of cwds) this.addCwds(cwd);
    this.count(calls, prices);
  }

  private count({ removed, added }: CallChanges, prices: PricedModels): void {
    const { usage, levels } = this;
    const rows = new Set<number>();
    const count = (call: Contribution, sign: 1 | -1): void => {
      const row = usage.rowOf(call);
      if (!rows.has(row)) levels.change(usage, row, -1);
      rows.add(row);
      usage.count(row, call, sign, prices);
    };
    for (const call of removed) count(call, -1);
    for (const call of added) count(call, 1);
    for (const row of rows) {
      usage.price(row, prices);
      levels.change(usage, row, 1);
      this.changing(usage.session[row] as number);
    }
  }

  addPart({ segments }: AddedPart): void {
    for (const { fileIx, from, to } of segments) this.changed(this.files.addArchived(fileIx, to - from));
  }

  private changing(session: number): void {
    this.sessions.begin(session);
    this.sessions.forgetFiles(session);
    this.spent.delete(session);
    this.touch(session);
  }

  private changed(sessions: readonly number[]): void {
    for (const session of sessions) this.changing(session);
  }

  private touch(session: number): void {
    this.projects.touch(session);
    this.orders.firstMs.touch(session);
    this.orders.lastMs.touch(session);
  }
}
