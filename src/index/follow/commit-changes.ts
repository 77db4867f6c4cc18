// What commits changed of the sums, kept for who follows them until it is asked for: so that nobody has to read
// again what a commit has just told. Whoever has not read everything once has nothing to follow.

import type { NewPart } from '../../core/archive-port.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { Sidecar } from '../../core/sidecar.ts';
import type { CallChanges } from '../calls/call-ledger.ts';
import type { PlacedOddity, PlacedReject } from '../rows/placed.ts';
import type { ActivityDelta, ToolDelta } from '../rows/delta-sums.ts';
import type { CwdRow, LinkRow, OriginRow, TaskRow, TitleRow } from '../rows/gathered-facts.ts';

/** What one commit changed. */
export interface CommitChange {
  /** The number of the commit. */
  seq: number;
  /** The highest lake offset after it. */
  top: number;
  /** Sessions of which anything is told, among others. */
  sessions: readonly number[];
  /** Sessions with subagents that are new, or of whose beginning something is told. */
  linking: readonly number[];
  beginnings: Beginnings;
  files: readonly FileEntry[];
  fileSessions: readonly { file: number; session: number }[];
  activity: readonly ActivityDelta[];
  tools: readonly ToolDelta[];
  titles: readonly TitleRow[];
  /** The first and the last told of each session. */
  cwds: readonly { first: CwdRow; last: CwdRow }[];
  calls: CallChanges;
  /** In the order of their lake offsets, those of one line in that of their names. */
  rejects: readonly PlacedReject[];
  oddities: readonly PlacedOddity[];
}

/** What is told of how agents began. */
export interface Beginnings {
  /** Those that are new, in the order of their numbers. */
  agents: readonly { agent: number; session: number }[];
  origins: readonly OriginRow[];
  links: readonly LinkRow[];
  tasks: readonly TaskRow[];
  sidecars: readonly Sidecar[];
}

/** A part that the archive has beside those it had. */
export interface AddedPart extends NewPart {
  createdMs: number;
}

/** So many commits and calls wait, more or less; then they are to be taken. */
const MANY = 5_000;

export class CommitChanges {
  private readonly followers = new Set<Follower>();

  /** From now on changes are kept for who asks. `onMany`: called when they are to be taken. */
  follow(onMany: () => void): Follower {
    const follower = new Follower(onMany);
    this.followers.add(follower);
    return follower;
  }

  /** Nothing more is kept for it. */
  leave(follower: Follower): void {
    follower.lose();
    this.followers.delete(follower);
  }

  committed(change: CommitChange): void {
    for (const follower of this.followers) follower.committed(change);
  }

  partAdded(part: AddedPart): void {
    for (const follower of this.followers) follower.partAdded(part);
  }

  /** Something else was written: whoever follows has to read everything again, and follow anew. */
  changedAside(): void {
    for (const follower of this.followers) follower.lose();
    this.followers.clear();
  }
}

/** What waits for one who follows. */
export class Follower {
  private readonly onMany: () => void;
  private commits: CommitChange[] = [];
  private parts: AddedPart[] = [];
  private weight = 0;
  private isLost = false;

  constructor(onMany: () => void) {
    this.onMany = onMany;
  }

  committed(change: CommitChange): void {
    this.commits.push(change);
    const { agents, origins, links, tasks, sidecars } = change.beginnings;
    this.weight += 1 + change.calls.added.length + change.activity.length + change.rejects.length + change.oddities.length + agents.length + origins.length + links.length + tasks.length + sidecars.length;
    if (this.weight > MANY) this.onMany();
  }

  partAdded(part: AddedPart): void {
    this.parts.push(part);
    this.weight += 1 + part.segments.length;
    if (this.weight > MANY) this.onMany();
  }

  lose(): void {
    this.isLost = true;
    this.clear();
  }

  /** What came since it was taken before; null where that is not known any more. */
  take(): { commits: readonly CommitChange[]; parts: readonly AddedPart[] } | null {
    if (this.isLost) return null;
    const taken = { commits: this.commits, parts: this.parts };
    this.clear();
    return taken;
  }

  private clear(): void {
    this.commits = [];
    this.parts = [];
    this.weight = 0;
  }
}
