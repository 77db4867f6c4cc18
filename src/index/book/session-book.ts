// The facts of every session, in memory, brought up to date before each answer: those of sessions that
// changed since are read again, all of them where it is not known which. What a question needs is then
// here, whatever the size of the lake: some hundred bytes a session, and as many a quarter hour it was used in.

import type { Directories } from '../commit-rows.ts';
import type { LakeRates } from '../rates.ts';
import type { Readers } from '../readers.ts';
import { readFacts } from './read-facts.ts';
import type { SessionFacts } from './session-facts.ts';
import { UsageGroups } from './usage-groups.ts';

/** Which sessions changed. */
export interface SessionChanges {
  /** Grows with every change. */
  readonly sequence: number;
  /** Those that changed since they were taken before; null: any may have. */
  take(): readonly number[] | null;
}

/** Where nobody tells of changes: everything is read for every answer. */
export const UNKNOWN_CHANGES: SessionChanges = {
  get sequence() { return performance.now(); },
  take: () => null,
};

/** Of an index that is not written. */
export class NoChanges implements SessionChanges {
  readonly sequence = 1;

  take(): null {
    return null;
  }
}

export interface BookParts {
  readers: Readers;
  names: Directories;
  rates: LakeRates;
  changes: SessionChanges;
}

export class SessionBook {
  readonly groups: UsageGroups;
  private readonly parts: BookParts;
  private facts = new Map<number, SessionFacts>();
  /** Sequence of the changes that are in. */
  private seen = -1;
  private last = { upto: 0, sessions: 0 };
  private reading: Promise<void> | null = null;

  constructor(parts: BookParts) {
    this.parts = parts;
    this.groups = new UsageGroups(parts.names);
  }

  /** Resolves when everything that was committed before is in. */
  async current(): Promise<this> {
    const wanted = this.parts.changes.sequence;
    while (this.seen < wanted) {
      if (this.reading === null) this.reading = this.read().finally(() => (this.reading = null));
      await this.reading;
    }
    return this;
  }

  /** In the order of their numbers. */
  get sessions(): Iterable<SessionFacts> {
    return this.facts.values();
  }

  session(ix: number): SessionFacts | undefined {
    return this.facts.get(ix);
  }

  /** The highest lake offset of a record, and the highest number of a session, that were there when it was read. */
  get snapshot(): Readonly<{ upto: number; sessions: number }> {
    return this.last;
  }

  private async read(): Promise<void> {
    const { changes, readers, names, rates } = this.parts;
    const { sequence } = changes;
    const changed = this.seen === -1 ? null : changes.take();
    if (this.seen === -1) changes.take();
    const only = changed !== null && changed.length > this.facts.size / 2 ? null : changed;
    try {
      await readers.ahead(async (connection, ask) => {
        const facts = only?.length === 0 ? [] : await readFacts(connection, ask, names, rates, only);
        const [top] = await ask<{ upto: number; sessions: number }>('SELECT (SELECT coalesce(max(lake_offset), 0) FROM records)::DOUBLE AS upto, (SELECT coalesce(max(session_ix), 0) FROM sessions)::DOUBLE AS sessions');
        if (only === null) this.facts = new Map();
        for (const fact of facts) this.facts.set(fact.ix, fact);
        this.last = top ?? this.last;
      });
      this.seen = sequence;
    } catch (error) {
      // What was taken is not in: everything is read next time.
      this.seen = -1;
      throw error;
    }
  }
}
