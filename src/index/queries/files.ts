// Files, from what is held of them, and archive parts.

import type { ArchivePartItem } from '../../core/archive-part-item.ts';
import { decodeCursor } from '../../core/cursor.ts';
import { fileId, fileIxOf } from '../../core/file-entry.ts';
import type { FileItem } from '../../core/file-item.ts';
import type { ArchiveStatus } from '../../core/lake-status.ts';
import type { Page } from '../../core/page.ts';
import type { ArchiveFilter, FileFilter, PageRequest, Questions } from '../../core/questions.ts';
import { isoFromMs, isoOrNull } from '../../core/time.ts';
import type { Directories } from '../commit-rows.ts';
import { Conditions } from '../conditions.ts';
import type { FileBook } from '../files/file-book.ts';
import type { FileFacts, FilePages } from '../files/file-pages.ts';
import type { Readers } from '../readers.ts';
import { listName, pageOf } from './page.ts';

export interface FileParts {
  readers: Readers;
  names: Directories;
  files: FileBook;
}

/** Of the lines of a file how many have which reason: those that are no records and those in which something is wrong. */
interface Reasons {
  reasons: Record<string, number>;
  /** Lines in which something is wrong. */
  flagged: number;
}

export async function listFiles({ readers, names, files }: FileParts, filter: FileFilter, page: PageRequest): Promise<Page<FileItem>> {
  const list = listName('files', filter);
  const from = page.cursor === undefined ? 0 : Number(decodeCursor(list, page.cursor)[0]) + 1;
  const pages = await files.withArchive();
  const matches = fileMatcher(filter, pages, names);
  const rows: FileFacts[] = [];
  for (const file of pages.all(from)) {
    if (matches(file)) rows.push(file);
    if (rows.length > page.limit) break;
  }
  const reasons = await readReasons(readers, rows);
  return pageOf(list, rows, page.limit, (file) => fileItem(file, pages, reasons.get(file.fileIx)), ({ fileIx }) => [fileIx]);
}

function fileMatcher({ source, project, state, session, file }: FileFilter, pages: FilePages, names: Directories): (file: FileFacts) => boolean {
  const sessionIx = session === undefined ? undefined : (names.sessions.ixOfId(session) ?? -1);
  const only = file === undefined ? undefined : (fileIxOf(file) ?? -1);
  return (facts) =>
    (source === undefined || facts.source === source)
    && (project === undefined || facts.project === project)
    && (state === undefined || facts.state === state)
    && (only === undefined || facts.fileIx === only)
    && (sessionIx === undefined || pages.sessionsOf(facts.fileIx).includes(sessionIx));
}

async function readReasons(readers: Readers, files: readonly FileFacts[]): Promise<Map<number, Reasons>> {
  const [first, last] = [files[0], files.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const within = `file_ix >= ${first.fileIx} AND file_ix <= ${last.fileIx}`;
  const countSql = (table: string): string => `SELECT file_ix, reason, count(*)::DOUBLE AS lines FROM ${table} WHERE ${within} GROUP BY file_ix, reason`;
  const flaggedSql = `SELECT file_ix, NULL AS reason, count(DISTINCT lake_offset)::DOUBLE AS lines FROM oddities WHERE ${within} GROUP BY file_ix`;
  const parts = [countSql('oddities'), flaggedSql, ...(files.some(({ rejects }) => rejects > 0) ? [countSql('rejects')] : [])];
  const counts = await readers.rows<{ file_ix: number; reason: string | null; lines: number }>(parts.join(' UNION ALL '));
  const found = new Map<number, Reasons>();
  const of = (fileIx: number): Reasons => found.get(fileIx) ?? (found.set(fileIx, { reasons: {}, flagged: 0 }), of(fileIx));
  for (const { file_ix, reason, lines } of counts.toSorted((a, b) => ((a.reason ?? '') < (b.reason ?? '') ? -1 : 1))) {
    if (reason === null) of(file_ix).flagged = lines;
    else of(file_ix).reasons[reason] = lines;
  }
  return found;
}

function fileItem({ fileIx, source, project, root, path, generation, offset, size, lines, rejects, modifiedMs, state }: FileFacts, { archive }: FilePages, { reasons, flagged }: Reasons = { reasons: {}, flagged: 0 }): FileItem {
  return {
    id: fileId(fileIx), source, project, path: `${root}/${path}`, root, generation, offset, size, lag_bytes: state === 'present' ? Math.max(0, size - offset) : 0, lines, rejects, flagged, reasons,
    archived_bytes: archive.archived.get(fileIx) ?? 0, modified_at: isoOrNull(modifiedMs), state,
  };
}

const IN_SESSION = 'file_ix IN (SELECT file_ix FROM file_sessions JOIN sessions USING (session_ix) WHERE id = ?)';

interface PartRow {
  part_id: string;
  path: string;
  source: string;
  month: string;
  row_count: number;
  bytes: number;
  source_bytes: number;
  sessions: number;
  sha256: string;
  created_ms: number;
}

export async function listParts(readers: Readers, filter: ArchiveFilter, page: PageRequest): Promise<Page<ArchivePartItem>> {
  const list = listName('archive', filter);
  const where = new Conditions();
  if (filter.source !== undefined) where.add('source = ?', filter.source);
  if (filter.month !== undefined) where.add('month = ?', filter.month);
  if (filter.session !== undefined) where.add(`part_id IN (SELECT part_id FROM archive_segments WHERE ${IN_SESSION})`, filter.session);
  if (page.cursor !== undefined) {
    const [at, id] = decodeCursor(list, page.cursor);
    where.add(`(created_ms, part_id) > (${Number(at)}, ?)`, String(id));
  }
  // Parts are never in the journal; which files a session has may be.
  const from = filter.session === undefined ? readers.asStored() : readers;
  const rows = await from.rows<PartRow>(
    `SELECT part_id, path, source, month, row_count::DOUBLE AS row_count, bytes::DOUBLE AS bytes, source_bytes::DOUBLE AS source_bytes, sessions, sha256, created_ms::DOUBLE AS created_ms
    FROM archive_parts WHERE ${where.sql} ORDER BY created_ms, part_id LIMIT ${page.limit + 1}`,
    where.values,
  );
  return pageOf(list, rows, page.limit, partItem, (row) => [row.created_ms, row.part_id]);
}

function partItem(row: PartRow): ArchivePartItem {
  const { part_id: id, row_count: rows, created_ms: createdMs, ...rest } = row;
  return { id, rows, ...rest, created_at: isoFromMs(createdMs) };
}

/** What is due are files none of whose sessions is still being written. */
export async function readArchiveStatus(files: FileBook, nowMs: number, idleMs: number): Promise<ArchiveStatus> {
  const pages = await files.withArchive();
  const { parts, bytes, sourceBytes } = pages.archive;
  return { parts, bytes, source_bytes: sourceBytes, pending_bytes: pages.unarchivedBytes(nowMs - idleMs), lost_bytes: 0, last_error: null };
}

export async function readTotals(files: FileBook): ReturnType<Questions['totals']> {
  const pages = await files.current();
  const { files: count, bytesTotal, bytesIndexed, lines, rejects } = pages.totals;
  return { files: count, bytesTotal, bytesIndexed, lines, rejects, sessions: pages.sessions };
}
