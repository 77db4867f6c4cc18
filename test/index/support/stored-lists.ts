// Lists of files, of what is wrong in lines, and of parts as the tables have them, each whole and as one statement says it.
// Asked of the readers: a write of whatever kind would have all that is held read anew.

import type { ArchivePartItem } from '../../../src/core/answers/archive-part-item.ts';
import type { FileItem } from '../../../src/core/answers/file-item.ts';
import type { ArchiveFilter, FileFilter, RejectFilter } from '../../../src/core/answers/questions.ts';
import type { RejectItem, RejectPage } from '../../../src/core/answers/reject-item.ts';
import { isoFromMs, isoOrNull } from '../../../src/core/time/time.ts';
import type { TestIndex } from './test-index.ts';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const where = (...conditions: (string | false)[]): string => conditions.filter((condition) => condition !== false).join(' AND ') || 'true';
const ofSession = (session: string): string => `SELECT file_ix FROM file_sessions JOIN sessions USING (session_ix) WHERE id = ${text(session)}`;
const doubles = (names: readonly string[]): string => names.map((name) => `${name}::DOUBLE AS ${name}`).join(', ');

export async function storedFiles(index: TestIndex, { source, project, state, session, file }: FileFilter): Promise<FileItem[]> {
  const rows = await index.readers.rows<Omit<FileItem, 'reasons' | 'modified_at'> & { reasons: string; modified_ms: number }>(
    `SELECT 'f' || file_ix AS id, source, project, root || '/' || path AS path, root, generation, ${doubles(['lines', 'rejects', 'modified_ms'])}, offset_bytes::DOUBLE AS offset, size_bytes::DOUBLE AS size,
      (CASE state WHEN 'present' THEN greatest(0, size_bytes - offset_bytes) ELSE 0 END)::DOUBLE AS lag_bytes, state,
      (SELECT count(DISTINCT lake_offset) FROM oddities o WHERE o.file_ix = f.file_ix)::DOUBLE AS flagged,
      (SELECT json_group_object(reason, n) FROM (SELECT reason, count(*) AS n FROM (SELECT file_ix, reason FROM rejects UNION ALL SELECT file_ix, reason FROM oddities) r WHERE r.file_ix = f.file_ix GROUP BY reason))::VARCHAR AS reasons,
      coalesce((SELECT sum(to_byte - from_byte) FROM archive_segments s WHERE s.file_ix = f.file_ix), 0)::DOUBLE AS archived_bytes
    FROM files_now f WHERE ${where(
      source !== undefined && `source = ${text(source)}`, project !== undefined && `project = ${text(project)}`, state !== undefined && `state = ${text(state)}`,
      file !== undefined && `id = ${text(file)}`, session !== undefined && `file_ix IN (${ofSession(session)})`,
    )} ORDER BY file_ix`,
  );
  return rows.map(({ reasons, modified_ms, ...row }) => Object.assign(row, { reasons: (JSON.parse(reasons ?? '{}') ?? {}) as Record<string, number>, modified_at: isoOrNull(modified_ms) }));
}

export async function storedRejects(index: TestIndex, { source, project, session, reason, file, kept = false }: RejectFilter): Promise<Pick<RejectPage, 'items' | 'counts'>> {
  const of = where(
    source !== undefined && `source = ${text(source)}`, project !== undefined && `project = ${text(project)}`, file !== undefined && `'f' || file_ix = ${text(file)}`,
    session !== undefined && `session_ix IN (SELECT session_ix FROM sessions WHERE id = ${text(session)})`,
  );
  const all = `(SELECT *, false AS kept FROM rejects UNION ALL SELECT * EXCLUDE (reason), reason, NULL, true FROM oddities) JOIN files_now USING (file_ix)`;
  const items = await index.readers.rows<RejectItem>(
    `SELECT lake_offset::VARCHAR AS offset, source, project, 'f' || file_ix AS file_id, root || '/' || path AS path, line, ${doubles(['byte_offset', 'byte_length'])}, reason, detail, kept
    FROM ${all} WHERE ${where(of, `kept = ${kept}`, reason !== undefined && `reason = ${text(reason)}`)} ORDER BY lake_offset, reason`,
  );
  return { items, counts: await index.readers.rows(`SELECT reason, kept, count(*)::DOUBLE AS lines FROM ${all} WHERE ${of} GROUP BY ALL ORDER BY kept, reason`) };
}

export async function storedParts(index: TestIndex, { source, month, session }: ArchiveFilter): Promise<ArchivePartItem[]> {
  const rows = await index.readers.rows<Omit<ArchivePartItem, 'created_at'> & { created_ms: number }>(
    `SELECT part_id AS id, path, source, month, row_count::DOUBLE AS rows, ${doubles(['bytes', 'source_bytes', 'created_ms'])}, sessions, sha256 FROM archive_parts
    WHERE ${where(
      source !== undefined && `source = ${text(source)}`, month !== undefined && `month = ${text(month)}`,
      session !== undefined && `part_id IN (SELECT part_id FROM archive_segments WHERE file_ix IN (${ofSession(session)}))`,
    )} ORDER BY created_ms, part_id`,
  );
  return rows.map(({ created_ms, ...row }) => Object.assign(row, { created_at: isoFromMs(created_ms) }));
}
