// The facts of every session, in memory: read once, and from then on kept up to date by what commits tell,
// without asking the tables. What a question needs is then here, whatever the size of the lake: some hundred
// bytes a session, and as many a quarter hour it was used in. Where something else was written it is read again.

import type { Directories } from '../names/directories.ts';
import type { LakeRates } from '../spending/rates.ts';
import type { Readers } from '../store/readers.ts';
import { BookPages } from './book-pages.ts';
import type { CommitChanges, Follower } from '../follow/commit-changes.ts';
import type { ProjectTable } from './project-table.ts';
import { QuarterCalls } from './quarter-calls.ts';
import { readBook } from './read-book.ts';
import type { SessionFacts } from './session-facts.ts';
import type { Place } from './session-order.ts';
import { SessionView } from './session-view.ts';
import type { ToolTable } from './tool-table.ts';
import { LakeBlocks } from './usage-blocks.ts';
import { UsageGroups } from './usage-groups.ts';
import { UsageItems } from './usage-items.ts';
import type { UsageLevels } from './usage-levels.ts';
import type { UsageTable } from './usage-table.ts';

export interface BookParts {
  readers: Readers;
  names: Directories;
  rates: LakeRates;
  /** Null where nobody tells of changes: everything is read for every answer. */
  changes: CommitChanges | null;
}

export class SessionBook {
  readonly groups: UsageGroups;
  readonly calls = new QuarterCalls();
  private readonly parts: BookParts;
  private pages = new BookPages();
  /** Of these pages. */
  private made: UsageItems | null = null;
  private cut: LakeBlocks | null = null;
  /** The lake's top when everything was read. */
  private readAt = 0;
  /** What is in it: the last commit, and the lake's top after that. */
  private last: Readonly<{ seq: number; top: number }> = { seq: -1, top: 0 };
  /** What came into the archive while the tables were read may be in them or not: then they are read again when somebody asks. */
  private isJustRead = false;
  private follower: Follower | null = null;
  private reading: Promise<void> | null = null;

  constructor(parts: BookParts) {
    this.parts = parts;
    this.groups = new UsageGroups(parts.names);
  }

  /** Resolves when everything that was committed before is in. */
  async current(): Promise<this> {
    await this.parts.rates.ready();
    if (this.reading === null && this.follow()) return this;
    // One that is under way may have begun too early.
    if (this.reading !== null) await this.reading;
    if (this.reading === null && this.follow()) return this;
    await (this.reading ??= this.read().finally(() => (this.reading = null)));
    this.follow();
    return this;
  }

  /** In the order of their numbers. What is known of a session is as it is now: not to be kept. */
  get sessions(): Iterable<SessionFacts> {
    return this.all();
  }

  session(ix: number): SessionFacts | undefined {
    const name = this.parts.names.sessions.at(ix);
    return name === undefined || !this.pages.sessions.has(ix) ? undefined : new SessionView(name, this.pages);
  }

  /** In the order of a time, -1 for none, and of their numbers: what comes after a place, or all. */
  *inOrder(by: 'firstMs' | 'lastMs', direction: 1 | -1, after: Place | null): Generator<{ facts: SessionFacts; ms: number }> {
    const order = this.pages.orders[by];
    order.place((ix) => {
      const facts = this.session(ix);
      return facts === undefined ? null : (facts[by] ?? -1);
    });
    for (const { ix, ms } of order.walk(direction, after)) {
      const facts = this.session(ix);
      if (facts !== undefined) yield { facts, ms };
    }
  }

  get projects(): ProjectTable {
    this.pages.projects.count((ix) => this.session(ix));
    return this.pages.projects;
  }

  get usage(): UsageTable {
    return this.pages.usage;
  }

  get levels(): UsageLevels {
    return this.pages.levels;
  }

  /** As JSON. */
  get items(): UsageItems {
    return (this.made ??= new UsageItems(this.pages.levels, this.parts.names));
  }

  get blocks(): LakeBlocks {
    return (this.cut ??= new LakeBlocks(this.pages.levels, this.parts.names));
  }

  get tools(): ToolTable {
    return this.pages.tools;
  }

  /** The highest lake offset, and the highest number of a session, that are in. */
  get snapshot(): Readonly<{ upto: number; sessions: number }> {
    return { upto: this.last.top, sessions: this.pages.sessions.last };
  }

  /** Numbers of sessions that lines came of after a lake offset; null where that is not known. */
  writtenSince(offset: number): number[] | null {
    return offset < this.readAt ? null : this.pages.writtenSince(offset);
  }

  /** False where it is not known what changed. */
  private follow(): boolean {
    const { rates } = this.parts;
    const taken = this.follower?.take() ?? null;
    if (taken === null) return false;
    try {
      for (const change of taken.commits) {
        // What was committed while the tables were read may be in them.
        if (change.seq <= this.last.seq) continue;
        this.calls.commit(change, this.pages.levels.quarters);
        this.pages.commit(change, rates.now());
        this.last = { seq: change.seq, top: change.top };
      }
      if (this.isJustRead && taken.parts.length > 0) this.leave();
      else for (const part of taken.parts) this.pages.addPart(part);
      this.isJustRead = false;
      return true;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  private async read(): Promise<void> {
    const { changes, readers, rates } = this.parts;
    this.leave();
    this.follower = changes?.follow(() => void this.current().catch(() => undefined)) ?? null;
    try {
      const pages = new BookPages();
      this.last = await readers.ahead((connection, ask) => readBook(connection, ask, () => rates.now(), pages));
      this.readAt = this.last.top;
      this.pages = pages;
      this.made = null;
      this.cut = null;
      this.isJustRead = true;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  private leave(): void {
    if (this.follower !== null) this.parts.changes?.leave(this.follower);
    this.follower = null;
    this.calls.clear();
  }

  private *all(): Generator<SessionFacts> {
    for (let ix = 1; ix <= this.pages.sessions.last; ix++) {
      const facts = this.session(ix);
      if (facts !== undefined) yield facts;
    }
  }
}
