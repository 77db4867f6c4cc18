// Lines that are no records, and records in which something is wrong.

import { decodeCursor } from '../../core/cursor.ts';
import { fileId, fileIxOf } from '../../core/file-entry.ts';
import type { PageRequest, RejectFilter } from '../../core/questions.ts';
import type { ReasonCount, RejectItem, RejectPage } from '../../core/reject-item.ts';
import { Conditions } from '../conditions.ts';
import type { FileFacts } from '../files/file-pages.ts';
import type { FileParts } from './files.ts';
import { listName, pageOf } from './page.ts';

interface RejectRow extends Pick<RejectItem, 'line' | 'byte_offset' | 'byte_length' | 'reason' | 'detail'> {
  lake_offset: number;
  file_ix: number;
}

/** A row of the page, or a count: then `counted` is its reason, and of the rest there is nothing. */
interface ToldRow extends RejectRow {
  counted: string | null;
  is_kept: boolean;
  lines: number;
}

export async function listRejects({ readers, files }: FileParts, filter: RejectFilter, page: PageRequest): Promise<RejectPage> {
  const list = listName('rejects', filter);
  const { kept = false, reason } = filter;
  const [places, where] = [placesOf(filter), placesOf(filter)];
  if (reason !== undefined) where.add('reason = ?', reason);
  if (page.cursor !== undefined) {
    const [offset, last = ''] = decodeCursor(list, page.cursor);
    where.add(`lake_offset >= ${Number(offset)} AND (lake_offset, reason) > (${Number(offset)}, ?)`, String(last));
  }
  const countSql = (isKept: boolean): string => `SELECT ${isKept} AS is_kept, reason AS counted, count(*)::DOUBLE AS lines FROM ${tableOf(isKept)} WHERE ${places.sql} GROUP BY reason`;
  const pageSql = `SELECT lake_offset::DOUBLE AS lake_offset, file_ix, line, byte_offset::DOUBLE AS byte_offset, byte_length::DOUBLE AS byte_length, reason, ${kept ? 'NULL::VARCHAR AS detail' : 'detail'}
    FROM ${tableOf(kept)} WHERE ${where.sql} ORDER BY lake_offset, reason LIMIT ${page.limit + 1}`;
  // In one statement, as each waits for its turn.
  const told = await readers.rows<ToldRow>(
    `FROM (${countSql(false)}) UNION ALL BY NAME FROM (${countSql(true)}) UNION ALL BY NAME FROM (${pageSql})`,
    [...places.values, ...places.values, ...where.values],
  );
  const counts = told.flatMap(({ counted, is_kept: isKept, lines }): ReasonCount[] => (counted === null ? [] : [{ reason: counted, kept: isKept, lines }]));
  counts.sort((a, b) => Number(a.kept) - Number(b.kept) || (a.reason < b.reason ? -1 : 1));
  const rows = told.flatMap(({ counted, is_kept: _isKept, lines: _lines, ...row }): RejectRow[] => (counted === null ? [row] : []));
  rows.sort((a, b) => a.lake_offset - b.lake_offset || (a.reason < b.reason ? -1 : 1));
  const pages = rows.length === 0 ? null : await files.current();
  return { ...pageOf(list, rows, page.limit, (row) => rejectItem(row, kept, pages?.at(row.file_ix)), (row) => [row.lake_offset, row.reason]), counts };
}

function tableOf(kept: boolean): string {
  return kept ? 'oddities' : 'rejects';
}

function placesOf(filter: RejectFilter): Conditions {
  const where = new Conditions();
  if (filter.source !== undefined) where.add('file_ix IN (SELECT file_ix FROM files WHERE source = ?)', filter.source);
  if (filter.project !== undefined) where.add('file_ix IN (SELECT file_ix FROM files WHERE project = ?)', filter.project);
  if (filter.session !== undefined) where.add('session_ix IN (SELECT session_ix FROM sessions WHERE id = ?)', filter.session);
  if (filter.file !== undefined) where.equals('file_ix', fileIxOf(filter.file) ?? -1);
  return where;
}

function rejectItem({ lake_offset: offset, file_ix: fileIx, ...row }: RejectRow, kept: boolean, file: FileFacts | undefined): RejectItem {
  const { source, project, root, path } = file ?? { source: '', project: '', root: '', path: '' };
  return { offset: String(offset), source, project, file_id: fileId(fileIx), path: `${root}/${path}`, ...row, kept };
}
