// Where a list that is sorted by time stood when its first page was made. A list that goes on while data
// arrives is sorted by the times of then: what becomes active meanwhile neither leaves the pages to come nor
// comes a second time.

import { FLAG } from '../../core/scan-batch.ts';
import type { SessionBook } from '../book/session-book.ts';
import type { SessionFacts } from '../book/session-facts.ts';
import type { SessionParts } from './sessions.ts';

type Times = Pick<SessionFacts, 'firstMs' | 'lastMs'>;

type SnapshotParts = Pick<SessionParts, 'readers' | 'pending'>;

const NOTHING_MOVED: ReadonlyMap<number, Times> = new Map();

export interface ListSnapshot {
  /** The lake's top, and how many sessions there were. */
  upto: number;
  sessions: number;
  /** Of sessions that were written since; those that are not in it have the times they had. */
  moved: ReadonlyMap<number, Times>;
}

/** `cursor`: begins with the top and the number of sessions; null for a first page. */
export async function listSnapshot(parts: SnapshotParts, book: SessionBook, cursor: readonly (string | number | null)[] | null): Promise<ListSnapshot> {
  if (cursor === null) return { ...book.snapshot, moved: NOTHING_MOVED };
  const [upto, sessions] = [Number(cursor[0]), Number(cursor[1])];
  const moved = book.writtenSince(upto);
  return { upto, sessions, moved: moved?.length === 0 ? NOTHING_MOVED : await timesAt(parts, upto, moved) };
}

/** Of sessions that were written since: `moved`, null where it is not known which those are. */
async function timesAt({ readers, pending }: SnapshotParts, upto: number, moved: readonly number[] | null): Promise<Map<number, Times>> {
  const then = `lake_offset <= ${upto} AND ts_ms >= 0 AND flags & ${FLAG.duplicate} = 0`;
  // What was there then mostly is in the tables, and who knows what came since need not wait for that.
  const from = moved !== null && pending !== undefined && pending().from > upto ? readers.asStored() : readers;
  const rows = await from.rows<{ session_ix: number; first_ms: number | null; last_ms: number | null }>(
    `SELECT session_ix, (min(ts_ms) FILTER (${then}))::DOUBLE AS first_ms, (max(ts_ms) FILTER (${then}))::DOUBLE AS last_ms
    FROM records WHERE session_ix IN (${moved?.join(', ') ?? `SELECT session_ix FROM records WHERE lake_offset > ${upto}`}) GROUP BY session_ix`,
  );
  const times = new Map((moved ?? []).map((session): [number, Times] => [session, { firstMs: null, lastMs: null }]));
  for (const row of rows) times.set(row.session_ix, { firstMs: row.first_ms, lastMs: row.last_ms });
  return times;
}
