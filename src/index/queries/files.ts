// Files and archive parts.

import type { ArchivePartItem } from '../../core/archive-part-item.ts';
import { decodeCursor } from '../../core/cursor.ts';
import { fileId, fileIxOf } from '../../core/file-entry.ts';
import type { FileItem } from '../../core/file-item.ts';
import type { ArchiveStatus } from '../../core/lake-status.ts';
import type { Page } from '../../core/page.ts';
import type { ArchiveFilter, FileFilter, PageRequest } from '../../core/questions.ts';
import { isoFromMs, isoOrNull } from '../../core/time.ts';
import { Conditions } from '../conditions.ts';
import { ARCHIVED_SQL } from '../merged-rows.ts';
import type { Readers } from '../readers.ts';
import { listName, pageOf } from './page.ts';
import type { SessionParts } from './sessions.ts';

interface FileRow {
  file_ix: number;
  source: string;
  project: string;
  path: string;
  root: string;
  generation: number;
  offset_bytes: number;
  size_bytes: number;
  lines: number;
  rejects: number;
  archived: number;
  modified_ms: number;
  state: FileItem['state'];
  reasons: { entries: readonly { key: string; value: number }[] } | null;
  flagged: number;
}

const IN_SESSION = 'file_ix IN (SELECT file_ix FROM file_sessions JOIN sessions USING (session_ix) WHERE id = ?)';

/** Of each file, how many of its lines have which reason: those that are no records and those in which something is wrong. */
const REASONS_SQL = `SELECT file_ix, map(list(reason ORDER BY reason), list(lines ORDER BY reason)) AS reasons FROM (
    SELECT file_ix, reason, count(*)::DOUBLE AS lines FROM (SELECT file_ix, reason FROM rejects UNION ALL SELECT file_ix, reason FROM oddities) GROUP BY file_ix, reason
  ) GROUP BY file_ix`;
const FLAGGED_SQL = 'SELECT file_ix, count(DISTINCT lake_offset) AS flagged FROM oddities GROUP BY file_ix';

export async function listFiles(readers: Readers, filter: FileFilter, page: PageRequest): Promise<Page<FileItem>> {
  const list = listName('files', filter);
  const where = new Conditions();
  if (filter.source !== undefined) where.add('source = ?', filter.source);
  if (filter.project !== undefined) where.add('project = ?', filter.project);
  if (filter.state !== undefined) where.add('state = ?', filter.state);
  if (filter.session !== undefined) where.add(IN_SESSION, filter.session);
  if (filter.file !== undefined) where.equals('file_ix', fileIxOf(filter.file) ?? -1);
  if (page.cursor !== undefined) where.add(`file_ix > ${Number(decodeCursor(list, page.cursor)[0])}`);
  const rows = await readers.rows<FileRow>(
    `SELECT file_ix, source, project, root || '/' || path AS path, root, generation, offset_bytes::DOUBLE AS offset_bytes, size_bytes::DOUBLE AS size_bytes, lines::DOUBLE AS lines, rejects::DOUBLE AS rejects,
      coalesce(a.archived, 0)::DOUBLE AS archived, modified_ms::DOUBLE AS modified_ms, state, r.reasons, coalesce(o.flagged, 0)::DOUBLE AS flagged
    FROM files_now LEFT JOIN (${ARCHIVED_SQL}) a USING (file_ix) LEFT JOIN (${REASONS_SQL}) r USING (file_ix) LEFT JOIN (${FLAGGED_SQL}) o USING (file_ix) WHERE ${where.sql} ORDER BY file_ix LIMIT ${page.limit + 1}`,
    where.values,
  );
  return pageOf(list, rows, page.limit, fileItem, (row) => [row.file_ix]);
}

function fileItem(row: FileRow): FileItem {
  return {
    id: fileId(row.file_ix),
    source: row.source,
    project: row.project,
    path: row.path,
    root: row.root,
    generation: row.generation,
    offset: row.offset_bytes,
    size: row.size_bytes,
    lag_bytes: row.state === 'present' ? Math.max(0, row.size_bytes - row.offset_bytes) : 0,
    lines: row.lines,
    rejects: row.rejects,
    flagged: row.flagged,
    reasons: Object.fromEntries((row.reasons?.entries ?? []).map(({ key, value }) => [key, value])),
    archived_bytes: row.archived,
    modified_at: isoOrNull(row.modified_ms),
    state: row.state,
  };
}

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
  const rows = await readers.rows<PartRow>(
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
export async function readArchiveStatus({ readers, now, idleMs }: SessionParts): Promise<ArchiveStatus> {
  const [row] = await readers.rows<{ parts: number; bytes: number; source_bytes: number; pending: number }>(
    `WITH running AS (SELECT DISTINCT session_ix FROM file_sessions JOIN files_now USING (file_ix) WHERE state = 'present' AND modified_ms > ${now() - idleMs})
    SELECT count(*)::DOUBLE AS parts, coalesce(sum(bytes), 0)::DOUBLE AS bytes, coalesce(sum(source_bytes), 0)::DOUBLE AS source_bytes,
      (SELECT coalesce(sum(offset_bytes - coalesce(a.archived, 0) - coalesce(l.lost, 0)), 0)::DOUBLE FROM files_now LEFT JOIN (${ARCHIVED_SQL}) a USING (file_ix)
        LEFT JOIN (SELECT file_ix, sum(byte_length + 1) AS lost FROM rejects WHERE reason = 'lost' GROUP BY file_ix) l USING (file_ix)
        WHERE state <> 'replaced' AND file_ix NOT IN (SELECT file_ix FROM file_sessions JOIN running USING (session_ix))) AS pending
    FROM archive_parts`,
  );
  return { parts: row?.parts ?? 0, bytes: row?.bytes ?? 0, source_bytes: row?.source_bytes ?? 0, pending_bytes: row?.pending ?? 0, lost_bytes: 0, last_error: null };
}

export async function readTotals(readers: Readers): Promise<{ files: number; bytesTotal: number; bytesIndexed: number; lines: number; rejects: number; sessions: number }> {
  const [row] = await readers.rows<{ files: number; total: number; indexed: number; lines: number; rejects: number; sessions: number }>(
    `SELECT count(*)::DOUBLE AS files, coalesce(sum(greatest(size_bytes, offset_bytes)), 0)::DOUBLE AS total, coalesce(sum(offset_bytes), 0)::DOUBLE AS indexed,
      coalesce(sum(lines), 0)::DOUBLE AS lines, coalesce(sum(rejects), 0)::DOUBLE AS rejects, (SELECT count(*) FROM sessions)::DOUBLE AS sessions
    FROM files_now WHERE state <> 'replaced'`,
  );
  return { files: row?.files ?? 0, bytesTotal: row?.total ?? 0, bytesIndexed: row?.indexed ?? 0, lines: row?.lines ?? 0, rejects: row?.rejects ?? 0, sessions: row?.sessions ?? 0 };
}
