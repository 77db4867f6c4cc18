// Lines that are no records, and records in which something is wrong, from what is held of them. Where there are more
// than that, the tables have the rest.

import { decodeCursor } from '../../core/answers/cursor.ts';
import { fileId, fileIxOf } from '../../core/file-entry.ts';
import type { PageRequest, RejectFilter } from '../../core/answers/questions.ts';
import type { ReasonCount, RejectItem, RejectPage } from '../../core/answers/reject-item.ts';
import { Conditions } from '../rows/conditions.ts';
import type { FileFacts, FilePages } from '../files/file-pages.ts';
import type { Readers } from '../store/readers.ts';
import type { CountedPlaces, KindCount } from '../rejects/reason-counts.ts';
import { rowsSql } from '../rejects/read-rejects.ts';
import { comparePlaces } from '../rejects/reject-rows.ts';
import type { RejectRow, RowPlace } from '../rejects/reject-rows.ts';
import type { FileParts } from './files.ts';
import { listName, pageOf } from './page.ts';

export async function listRejects({ readers, names, files, rejects }: FileParts, filter: RejectFilter, page: PageRequest): Promise<RejectPage> {
  const list = listName('rejects', filter);
  const { kept = false, reason, source, project } = filter;
  const after = page.cursor === undefined ? null : placeOf(decodeCursor(list, page.cursor));
  const file = filter.file === undefined ? undefined : (fileIxOf(filter.file) ?? -1);
  const session = filter.session === undefined ? undefined : (names.sessions.ixOfId(filter.session) ?? -1);
  const [pages, told] = await Promise.all([files.current(), rejects.current()]);
  const isOf = fileMatcher(pages, source, project);
  const isThere = (fileIx: number, sessionIx: number): boolean => (file === undefined || fileIx === file) && (session === undefined || sessionIx === session) && isOf(fileIx);
  const matches = (fileIx: number, sessionIx: number, why: string): boolean => (reason === undefined || why === reason) && isThere(fileIx, sessionIx);
  const counts = told.counts.of({ file, session }, isThere).filter(isReason);
  const held = told.rows(kept);
  const rows = held.after(after, page.limit + 1, matches);
  if (rows.length <= page.limit && !held.isWhole) {
    const all = counts.filter((count) => count.kept === kept && (reason === undefined || count.reason === reason)).reduce((sum, { lines }) => sum + lines, 0);
    if (all > held.count(matches)) rows.push(...(await readRows(readers, filter, { file, session }, later(after, held.last), page.limit + 1 - rows.length)));
  }
  return { ...pageOf(list, rows, page.limit, (row) => rejectItem(row, kept, pages.at(row.fileIx)), (row) => [row.offset, row.reason]), counts };
}

/** Of a file's number; files that follow upon one another are mostly the same one. */
function fileMatcher(pages: FilePages, source: string | undefined, project: string | undefined): (fileIx: number) => boolean {
  if (source === undefined && project === undefined) return () => true;
  let last = { fileIx: 0, isOf: false };
  return (fileIx) => {
    if (last.fileIx === fileIx) return last.isOf;
    const file = pages.at(fileIx);
    last = { fileIx, isOf: file !== undefined && (source === undefined || file.source === source) && (project === undefined || file.project === project) };
    return last.isOf;
  };
}

function placeOf([offset, reason = '']: readonly (string | number | null)[]): RowPlace {
  return { offset: Number(offset), reason: String(reason) };
}

function later(a: RowPlace | null, b: RowPlace | null): RowPlace | null {
  if (a === null || b === null) return a ?? b;
  return comparePlaces(a, b) > 0 ? a : b;
}

/** Of what is in the tables alone. */
function readRows(readers: Readers, { source, project, reason, kept = false }: RejectFilter, { file, session }: CountedPlaces, after: RowPlace | null, count: number): Promise<RejectRow[]> {
  const where = new Conditions();
  if (file !== undefined) where.equals('file_ix', file);
  if (session !== undefined) where.equals('session_ix', session);
  if (source !== undefined) where.add('file_ix IN (SELECT file_ix FROM files WHERE source = ?)', source);
  if (project !== undefined) where.add('file_ix IN (SELECT file_ix FROM files WHERE project = ?)', project);
  if (reason !== undefined) where.add('reason = ?', reason);
  if (after !== null) where.add(`lake_offset >= ${after.offset} AND (lake_offset, reason) > (${after.offset}, ?)`, after.reason);
  return readers.rows<RejectRow>(`${rowsSql(kept, where.sql)} LIMIT ${count}`, where.values);
}

function isReason(count: KindCount): count is ReasonCount {
  return count.reason !== null;
}

function rejectItem({ offset, fileIx, line, byteOffset, byteLength, reason, detail }: RejectRow, kept: boolean, file: FileFacts | undefined): RejectItem {
  const { source, project, root, path } = file ?? { source: '', project: '', root: '', path: '' };
  return { offset: String(offset), source, project, file_id: fileId(fileIx), path: `${root}/${path}`, line, byte_offset: byteOffset, byte_length: byteLength, reason, detail, kept };
}
