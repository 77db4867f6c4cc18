// Everything a book of sessions holds, and how a commit changes it.

import type { CallChanges, Contribution } from '../call-ledger.ts';
import type { PricedModels } from '../priced-models.ts';
import type { ArchivedBytes, CommitChange } from './commit-changes.ts';
import { FileMarks } from './file-marks.ts';
import { ProjectTable } from './project-table.ts';
import { SessionOrder } from './session-order.ts';
import { SessionSums } from './session-sums.ts';
import { ToolTable } from './tool-table.ts';
import { UsageLevels } from './usage-levels.ts';
import { UsageTable } from './usage-table.ts';

export class BookPages {
  readonly files = new FileMarks();
  readonly usage = new UsageTable();
  /** Follows the table. */
  readonly levels = new UsageLevels();
  readonly tools = new ToolTable();
  readonly projects = new ProjectTable();
  readonly orders = { firstMs: new SessionOrder(), lastMs: new SessionOrder() };
  /** By their numbers. */
  private readonly sessions: (SessionSums | undefined)[] = [];
  /** By session: the lake's top after the last commit with lines of it. */
  private readonly writtenAt = new Map<number, number>();

  /** Made where it is new. */
  of(session: number): SessionSums {
    const sums = this.sessions[session];
    if (sums !== undefined) return sums;
    this.touch(session);
    return (this.sessions[session] = new SessionSums(session));
  }

  find(session: number): SessionSums | undefined {
    return this.sessions[session];
  }

  /** In the order of their numbers. */
  *all(): Generator<SessionSums> {
    for (const session of this.sessions) if (session !== undefined) yield session;
  }

  /** The highest number of a session. */
  get lastSession(): number {
    return Math.max(0, this.sessions.length - 1);
  }

  join(file: number, session: number): void {
    this.files.join(file, session);
    this.changing(session);
  }

  /** Sessions that lines came of after a lake offset; of commits that were told, not of what was read. */
  writtenSince(offset: number): number[] {
    return [...this.writtenAt].filter(([, top]) => top > offset).map(([session]) => session);
  }

  commit({ top, sessions, files, fileSessions, activity, tools, titles, cwds, calls }: CommitChange, prices: PricedModels): void {
    for (const session of sessions) this.changing(session);
    for (const { file, session } of fileSessions) this.join(file, session);
    for (const file of files) this.changed(this.files.set(file.fileIx, file));
    for (const delta of activity) {
      this.changing(delta.session).addActivity(delta.agent, delta);
      this.writtenAt.set(delta.session, top);
    }
    for (const delta of tools) this.tools.add(delta);
    for (const title of titles) this.changing(title.session).addTitle(title);
    for (const cwd of cwds) this.changing(cwd.first.session).addCwds(cwd);
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

  archive({ file, bytes }: ArchivedBytes): void {
    this.changed(this.files.addArchived(file, bytes));
  }

  private changing(session: number): SessionSums {
    const sums = this.of(session);
    sums.changed();
    this.touch(session);
    return sums;
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
