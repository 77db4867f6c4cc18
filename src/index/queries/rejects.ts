// Lines that are no records, and records in which something is wrong.

import { decodeCursor } from '../../core/cursor.ts';
import { fileId, fileIxOf } from '../../core/file-entry.ts';
import type { PageRequest, RejectFilter } from '../../core/questions.ts';
import type { ReasonCount, RejectItem, RejectPage } from '../../core/reject-item.ts';
import { Conditions } from '../conditions.ts';
import type { Readers } from '../readers.ts';
import { listName, pageOf } from './page.ts';

interface RejectRow extends Omit<RejectItem, 'offset' | 'file_id'> {
  lake_offset: number;
  file_ix: number;
}

const ODDITIES = '(SELECT lake_offset, file_ix, line, byte_offset, byte_length, session_ix, reason, NULL::VARCHAR AS detail, true AS kept FROM oddities)';
const REJECTS = '(SELECT *, false AS kept FROM rejects)';

export async function listRejects(readers: Readers, filter: RejectFilter, page: PageRequest): Promise<RejectPage> {
  const list = listName('rejects', filter);
  const [places, where] = [placesOf(filter), placesOf(filter)];
  if (filter.reason !== undefined) where.add('r.reason = ?', filter.reason);
  if (page.cursor !== undefined) {
    const [offset, reason = ''] = decodeCursor(list, page.cursor);
    where.add(`(r.lake_offset, r.reason) > (${Number(offset)}, ?)`, String(reason));
  }
  const rows = await readers.rows<RejectRow>(
    `SELECT r.lake_offset::DOUBLE AS lake_offset, f.source, f.project, r.file_ix, f.root || '/' || f.path AS path, r.line, r.byte_offset::DOUBLE AS byte_offset, r.byte_length::DOUBLE AS byte_length, r.reason, r.detail, r.kept
    FROM ${filter.kept === true ? ODDITIES : REJECTS} r JOIN files_now f USING (file_ix) WHERE ${where.sql} ORDER BY r.lake_offset, r.reason LIMIT ${page.limit + 1}`,
    where.values,
  );
  const counts = await readers.rows<ReasonCount>(
    `SELECT r.reason, r.kept, count(*)::DOUBLE AS lines FROM (SELECT file_ix, session_ix, reason, kept FROM ${REJECTS} UNION ALL SELECT file_ix, session_ix, reason, kept FROM ${ODDITIES}) r
    JOIN files_now f USING (file_ix) WHERE ${places.sql} GROUP BY ALL ORDER BY r.kept, r.reason`,
    places.values,
  );
  return { ...pageOf(list, rows, page.limit, rejectItem, (row) => [row.lake_offset, row.reason]), counts };
}

function placesOf(filter: RejectFilter): Conditions {
  const where = new Conditions();
  if (filter.source !== undefined) where.add('f.source = ?', filter.source);
  if (filter.project !== undefined) where.add('f.project = ?', filter.project);
  if (filter.session !== undefined) where.add('r.session_ix IN (SELECT session_ix FROM sessions WHERE id = ?)', filter.session);
  if (filter.file !== undefined) where.equals('r.file_ix', fileIxOf(filter.file) ?? -1);
  return where;
}

function rejectItem(row: RejectRow): RejectItem {
  const { lake_offset: offset, file_ix: fileIx, ...rest } = row;
  return { offset: String(offset), file_id: fileId(fileIx), ...rest };
}
