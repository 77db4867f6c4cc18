// When the calls of a quarter hour were, of the few quarter hours that somebody asked for or that just began: read once,
// unless commits told of all of them, and from then on kept up to date by what commits tell.

import { LRUCache } from 'lru-cache';
import { bucketOf } from '../rows/delta-sums.ts';
import { countedAmong } from '../calls/counted-calls.ts';
import type { CallState } from '../calls/counted-calls.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import type { Readers } from '../store/readers.ts';
import { LAST_COMMIT_SQL } from '../store/schema.ts';
import type { CommitChange } from '../follow/commit-changes.ts';
import type { QuarterRows } from './quarter-rows.ts';

/** The first and the last quarter hour of a block that runs, and of the one before. */
const QUARTERS_MAX = 4;
/** Of one quarter hour; of one with more nothing is held. */
const CALLS_MAX = 50_000;
/** Rows of the table that say so, many for a call. */
const STATES_MAX = 100_000;

export interface CallTimes {
  firstMs: number;
  lastMs: number;
}

export class QuarterCalls {
  private readonly quarters = new LRUCache<number, Quarter>({ max: QUARTERS_MAX });
  private readonly reading = new Map<number, Reading>();
  /** The latest quarter hour that any call was in; null where that is not known yet. */
  private newest: number | null = null;

  /** Null where it is not held; without calls, infinite. */
  times(bucket: number, isOf: (session: number) => boolean): CallTimes | null {
    return this.quarters.get(bucket)?.times(isOf) ?? null;
  }

  /** `quarters`: those that any call was ever in, before this commit. */
  commit(change: CommitChange, quarters: QuarterRows): void {
    this.begin(change, quarters);
    for (const { waiting } of this.reading.values()) waiting.push(change);
    for (const [bucket, quarter] of this.quarters.entries()) if (!quarter.commit(change)) this.quarters.delete(bucket);
  }

  /** Afterwards it is held, unless it has too many calls. `readers`: everything committed is in the tables when they are asked. */
  read(readers: Readers, bucket: number): Promise<void> {
    const known = this.reading.get(bucket);
    if (known !== undefined) return known.done;
    const waiting: CommitChange[] = [];
    const done = readQuarter(readers, bucket).then((quarter) => {
      if (this.reading.get(bucket)?.waiting === waiting && !quarter.isTooMuch && waiting.every((change) => quarter.commit(change))) this.quarters.set(bucket, quarter);
    }).finally(() => {
      if (this.reading.get(bucket)?.waiting === waiting) this.reading.delete(bucket);
    });
    this.reading.set(bucket, { waiting, done });
    return done;
  }

  /** It is not known any more what commits changed. */
  clear(): void {
    this.quarters.clear();
    this.reading.clear();
    this.newest = null;
  }

  /** Of a quarter hour that is later than all others nothing has to be read. */
  private begin({ seq, calls: { added } }: CommitChange, quarters: QuarterRows): void {
    let newest = (this.newest ??= quarters.bucket.subarray(0, quarters.length).reduce((a, b) => Math.max(a, b), -1));
    for (const { ms } of added) newest = Math.max(newest, bucketOf(ms));
    if (newest > this.newest && !this.reading.has(newest)) this.quarters.set(newest, new Quarter(newest, seq - 1, []));
    this.newest = newest;
  }
}

interface Reading {
  /** Commits that were told of meanwhile: what it read has some of them. */
  waiting: CommitChange[];
  done: Promise<void>;
}

function readQuarter(readers: Readers, bucket: number): Promise<Quarter> {
  const [from, to] = [bucket * QUARTER_HOUR_MS, (bucket + 1) * QUARTER_HOUR_MS];
  return readers.use(async (_connection, ask) => {
    const [last] = await ask<{ seq: number }>(`SELECT ${LAST_COMMIT_SQL} AS seq`);
    // Counted here: a statement that does takes ten times longer.
    const states = await ask<CallState & { session: number }>(
      `SELECT message, request, seq::DOUBLE AS seq, sidechain, session_ix AS session, best_ms::DOUBLE AS ms FROM calls
      WHERE message IN (SELECT message FROM calls WHERE best_ms >= ${from} AND best_ms < ${to}) LIMIT ${STATES_MAX + 1}`,
    );
    const calls = states.length > STATES_MAX ? null : countedAmong(states).filter(({ ms }) => bucketOf(ms) === bucket);
    return new Quarter(bucket, last?.seq ?? 0, calls);
  });
}

class Quarter {
  private readonly bucket: number;
  private readonly seq: number;
  /** None of it is held. */
  isTooMuch: boolean;
  private count = 0;
  private readonly bySession = new Map<number, number[]>();

  /** `calls`: null for too many. */
  constructor(bucket: number, seq: number, calls: readonly { session: number; ms: number }[] | null) {
    this.bucket = bucket;
    this.seq = seq;
    this.isTooMuch = calls === null;
    for (const { session, ms } of calls ?? []) this.add(session, ms);
  }

  /** False where it cannot be held any more. */
  commit({ seq, calls: { added, removed } }: CommitChange): boolean {
    if (seq <= this.seq) return true;
    for (const { session, ms } of added) if (bucketOf(ms) === this.bucket) this.add(session, ms);
    for (const { session, ms } of removed) if (bucketOf(ms) === this.bucket && !this.remove(session, ms)) return false;
    return !this.isTooMuch;
  }

  times(isOf: (session: number) => boolean): CallTimes {
    const times = { firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY };
    for (const [session, moments] of this.bySession) {
      if (!isOf(session)) continue;
      for (const ms of moments) {
        if (ms < times.firstMs) times.firstMs = ms;
        if (ms > times.lastMs) times.lastMs = ms;
      }
    }
    return times;
  }

  private add(session: number, ms: number): void {
    const known = this.bySession.get(session);
    if (known === undefined) this.bySession.set(session, [ms]);
    else known.push(ms);
    this.count += 1;
    if (this.count > CALLS_MAX) this.isTooMuch = true;
  }

  /** What is taken back was mostly added last. */
  private remove(session: number, ms: number): boolean {
    const moments = this.bySession.get(session);
    const at = moments?.lastIndexOf(ms) ?? -1;
    if (moments === undefined || at === -1) return false;
    moments.splice(at, 1);
    this.count -= 1;
    return true;
  }
}
