// What is known of lines that are no records and of records in which something is wrong: how many there are of each
// reason, and the first of them.

import type { CommitChange } from '../follow/commit-changes.ts';
import type { Following } from '../follow/followed.ts';
import { ReasonCounts } from './reason-counts.ts';
import { RejectRows } from './reject-rows.ts';

export class RejectPages implements Following {
  readonly counts = new ReasonCounts();
  private readonly rejects: RejectRows;
  private readonly oddities: RejectRows;

  /** `maxRows`: of each of both that are held. */
  constructor(maxRows: number) {
    this.rejects = new RejectRows(maxRows);
    this.oddities = new RejectRows(maxRows);
  }

  /** `kept`: records in which something is wrong. */
  rows(kept: boolean): RejectRows {
    return kept ? this.oddities : this.rejects;
  }

  commit({ rejects, oddities }: CommitChange): void {
    this.rejects.add(rejects);
    this.oddities.add(oddities);
    for (const { fileIx, sessionIx, reason } of rejects) this.counts.add(fileIx, sessionIx, { reason, kept: false }, 1);
    let last = 0;
    for (const { offset, fileIx, sessionIx, reason } of oddities) {
      this.counts.add(fileIx, sessionIx, { reason, kept: true }, 1);
      if (offset !== last) this.counts.add(fileIx, sessionIx, { reason: null, kept: true }, 1);
      last = offset;
    }
  }

  /** What the archive has changes nothing here. */
  addPart(): boolean {
    return true;
  }
}
