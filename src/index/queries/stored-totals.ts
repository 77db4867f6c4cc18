// What all files come to, by one statement: for who asks once and keeps nothing. The same as the book of files says,
// which reads each of them to answer from then on.

import type { Questions } from '../../core/answers/questions.ts';
import type { Readers } from '../store/readers.ts';

type Totals = Awaited<ReturnType<Questions['totals']>>;

const TOTALS_SQL = `SELECT count(*)::DOUBLE AS files, coalesce(sum(greatest(size_bytes, offset_bytes)), 0)::DOUBLE AS "bytesTotal", coalesce(sum(offset_bytes), 0)::DOUBLE AS "bytesIndexed",
  coalesce(sum(lines), 0)::DOUBLE AS lines, coalesce(sum(rejects), 0)::DOUBLE AS rejects, (SELECT coalesce(max(session_ix), 0) FROM sessions)::DOUBLE AS sessions
FROM files_now WHERE state <> 'replaced'`;

export async function readStoredTotals(readers: Readers): Promise<Totals> {
  const [totals] = await readers.rows<Totals>(TOTALS_SQL);
  return totals as Totals;
}
