// How a session stood at any time: the last snapshot before it, and the records since. Snapshots are made
// every few hundred records as a question passes them, further apart where much is open, and kept in memory within a bound. A line that comes
// late, or a call that another session turns out to own, drops the snapshots from its time on.

import { LRUCache } from 'lru-cache';
import type { CallTime } from './call-times.ts';
import type { KnownLake, Past } from './past.ts';
import { StateFold } from './state-fold.ts';
import type { FoldRow } from './state-fold.ts';

const SNAPSHOT_ROWS = 512;
/** A session that is gone through for the first time is read in slices of so many snapshots. */
const SLICE_SNAPSHOTS = 16;
const CACHE_MAX_BYTES = 16 * 1024 * 1024;
const HISTORY_BYTES = 100;

interface Snapshot {
  /** Every line up to this time is in it. */
  atMs: number;
  fold: StateFold;
}

/** What is known of a session's past, of the lake up to an offset and a commit. */
interface History extends KnownLake {
  /** By time. */
  snapshots: Snapshot[];
  /** One question at a time. */
  turn: Promise<unknown>;
}

export class Snapshots {
  private readonly rowsApart: number;
  private readonly histories: LRUCache<number, History>;

  constructor(rowsApart = SNAPSHOT_ROWS, maxBytes = CACHE_MAX_BYTES) {
    this.rowsApart = rowsApart;
    this.histories = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ snapshots }) => bytesOf(snapshots) + HISTORY_BYTES });
  }

  /** Questions about one session come one after the other. Whoever waits must not hold a connection meanwhile. */
  inTurn<T>(session: number, work: () => Promise<T>): Promise<T> {
    const history = this.historyOf(session);
    const answer = history.turn.then(work);
    history.turn = answer.catch(() => undefined);
    return answer;
  }

  /** The session with every line up to `atMs`; what its unsettled calls add then is still to be added. To be called in turn. */
  at(past: Past, session: number, atMs: number): Promise<StateFold> {
    return this.fold(past, session, atMs, this.historyOf(session));
  }

  private historyOf(session: number): History {
    const known = this.histories.get(session);
    if (known !== undefined) return known;
    const history: History = { upto: 0, seq: 0, snapshots: [], turn: Promise.resolve() };
    this.histories.set(session, history);
    return history;
  }

  /** In slices, so that a session that nobody asked about before holds nobody up. */
  private async fold(past: Past, session: number, atMs: number, history: History): Promise<StateFold> {
    const { changedMs, ...known } = await past.changedSince(history);
    history.snapshots = history.snapshots.filter((snapshot) => snapshot.atMs < changedMs);
    Object.assign(history, known);
    const last = history.snapshots.findLast((snapshot) => snapshot.atMs <= atMs) ?? { atMs: -1, fold: new StateFold() };
    const fold = last.fold.copy();
    const walk = new Walk(fold, this.rowsApart);
    for (let after = last.atMs; after < atMs; ) {
      const { rows, upto } = await past.rows(after, atMs, this.rowsApart * SLICE_SNAPSHOTS);
      const calls = await past.calls(after, upto, fold.unsettled);
      const made = walk.through(rows, new SettlingCalls(calls), upto);
      history.snapshots = within([...history.snapshots, ...made].toSorted((a, b) => a.atMs - b.atMs), this.histories.maxSize);
      after = upto;
    }
    // Anew, because its size is only asked for when it comes.
    this.histories.delete(session);
    this.histories.set(session, history);
    return fold;
  }
}

/** Through a session in order of time. */
class Walk {
  private readonly fold: StateFold;
  private readonly rowsApart: number;
  /** Rows since the last snapshot, and what that one copied. */
  private since = 0;
  private copied: number;

  constructor(fold: StateFold, rowsApart: number) {
    this.fold = fold;
    this.rowsApart = rowsApart;
    this.copied = fold.size;
  }

  /** Adds rows, all there are up to a time, and the calls that settle meanwhile; gives the snapshots on the way. */
  through(rows: readonly FoldRow[], calls: SettlingCalls, upto: number): Snapshot[] {
    const { fold } = this;
    const made: Snapshot[] = [];
    for (const [i, row] of rows.entries()) {
      const before = rows[i - 1]?.ts ?? row.ts;
      if (this.isFarEnough && row.ts > before) made.push(this.snapshot(calls, before));
      this.since += 1;
      fold.add(row);
    }
    if (this.isFarEnough) made.push(this.snapshot(calls, upto));
    else calls.settle(fold, upto);
    return made;
  }

  /** What is copied is in proportion to what was added, however much stays open. */
  private get isFarEnough(): boolean {
    return this.since >= Math.max(this.rowsApart, this.copied);
  }

  private snapshot(calls: SettlingCalls, atMs: number): Snapshot {
    const { fold } = this;
    calls.settle(fold, atMs);
    this.since = 0;
    this.copied = fold.size;
    return { atMs, fold: fold.copy() };
  }
}

/** Of snapshots that are too much together every other one, the last one always. */
function within(snapshots: Snapshot[], maxBytes: number): Snapshot[] {
  let some = snapshots;
  while (some.length > 1 && bytesOf(some) > maxBytes / 2) some = some.filter((_, i) => (some.length - 1 - i) % 2 === 0);
  return some;
}

function bytesOf(snapshots: readonly Snapshot[]): number {
  return snapshots.reduce((bytes, { fold }) => bytes + fold.bytes, 0);
}

/** The calls of a slice, in the order in which they settle. */
class SettlingCalls {
  private readonly calls: readonly CallTime[];
  private next = 0;

  constructor(calls: readonly CallTime[]) {
    this.calls = calls.toSorted((a, b) => a.settledMs - b.settledMs);
  }

  settle(fold: StateFold, ms: number): void {
    for (let call = this.calls[this.next]; call !== undefined && call.settledMs <= ms; call = this.calls[++this.next]) {
      fold.own.add(call.own);
      fold.all.add(call.all);
    }
    fold.unsettled = this.calls.slice(this.next).filter((call) => call.touchedMs <= ms).map((call) => call.message);
  }
}
