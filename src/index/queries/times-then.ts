// Where a list that is sorted by time stood when its first page was made. A list that goes on while data
// arrives is sorted by the times of then: what becomes active meanwhile neither leaves the pages to come nor
// comes a second time.

import { FLAG } from '../../core/scan-batch.ts';
import type { SessionBook } from '../book/session-book.ts';
import type { SessionFacts } from '../book/session-facts.ts';
import type { Readers } from '../readers.ts';

type Times = Pick<SessionFacts, 'firstMs' | 'lastMs'>;

const NOTHING_MOVED: ReadonlyMap<number, Times> = new Map();

export interface ListSnapshot {
  /** The lake's top, and how many sessions there were. */
  upto: number;
  sessions: number;
  /** Of sessions that were written since; those that are not in it have the times they had. */
  moved: ReadonlyMap<number, Times>;
}

/** `cursor`: begins with the top and the number of sessions; null for a first page. */
export async function listSnapshot(readers: Readers, book: SessionBook, cursor: readonly (string | number | null)[] | null): Promise<ListSnapshot> {
  if (cursor === null) return { ...book.snapshot, moved: NOTHING_MOVED };
  const [upto, sessions] = [Number(cursor[0]), Number(cursor[1])];
  return { upto, sessions, moved: book.snapshot.upto > upto ? await movedSince(readers, upto) : NOTHING_MOVED };
}

/** Of sessions that were written since. */
async function movedSince(readers: Readers, upto: number): Promise<Map<number, Times>> {
  const then = `lake_offset <= ${upto} AND ts_ms >= 0 AND flags & ${FLAG.duplicate} = 0`;
  const rows = await readers.rows<{ session_ix: number; first_ms: number | null; last_ms: number | null }>(
    `SELECT session_ix, (min(ts_ms) FILTER (${then}))::DOUBLE AS first_ms, (max(ts_ms) FILTER (${then}))::DOUBLE AS last_ms
    FROM records WHERE session_ix IN (SELECT session_ix FROM records WHERE lake_offset > ${upto}) GROUP BY session_ix`,
  );
  return new Map(rows.map((row) => [row.session_ix, { firstMs: row.first_ms, lastMs: row.last_ms }]));
}
