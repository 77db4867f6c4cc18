// What is read from the tables once and from then on follows what commits tell, so that no question has to ask the
// tables for it. Where something else was written it is read again.

import type { AddedPart, CommitChange, CommitChanges, Follower } from './commit-changes.ts';

export interface Following {
  commit(change: CommitChange): void;
  /** False where it has to be read again. */
  addPart(part: AddedPart): boolean;
}

/** As the tables have it, with the number of the last commit that is in. */
export interface Reading<Held> {
  held: Held;
  seq: number;
}

export class Followed<Held extends Following> {
  private readonly changes: CommitChanges | null;
  private readonly read: () => Promise<Reading<Held>>;
  private known: Reading<Held> | null = null;
  /** What came into the archive while the tables were read may be in them or not: then they are read again. */
  private isJustRead = false;
  private follower: Follower | null = null;
  private reading: Promise<Held> | null = null;

  /** `changes`: null where nobody tells of them; then everything is read for every answer. */
  constructor(changes: CommitChanges | null, read: () => Promise<Reading<Held>>) {
    this.changes = changes;
    this.read = read;
  }

  /** Everything that was committed before is in. Not to be kept. */
  async current(): Promise<Held> {
    // One that is under way may have begun too early.
    if (this.reading !== null) await this.reading;
    if (this.reading === null && this.follow() && this.known !== null) return this.known.held;
    const held = await (this.reading ??= this.readAnew().finally(() => (this.reading = null)));
    this.follow();
    return held;
  }

  /** False where it is not known what changed. */
  private follow(): boolean {
    const { known } = this;
    const taken = this.follower?.take() ?? null;
    if (taken === null || known === null) return false;
    try {
      for (const change of taken.commits) {
        // What was committed while the tables were read may be in them.
        if (change.seq <= known.seq) continue;
        known.held.commit(change);
        known.seq = change.seq;
      }
      const isKnown = taken.parts.length === 0 || (!this.isJustRead && taken.parts.every((part) => known.held.addPart(part)));
      this.isJustRead = false;
      if (!isKnown) this.leave();
      return isKnown;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  private async readAnew(): Promise<Held> {
    this.leave();
    this.follower = this.changes?.follow(() => void this.current().catch(() => undefined)) ?? null;
    try {
      this.known = await this.read();
      this.isJustRead = true;
      return this.known.held;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  private leave(): void {
    if (this.follower !== null) this.changes?.leave(this.follower);
    this.follower = null;
    this.known = null;
  }
}
