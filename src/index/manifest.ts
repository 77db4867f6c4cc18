// The archive's manifest, in the same database as what it covers.

import type { ArchivePartItem } from '../core/answers/archive-part-item.ts';
import { ARCHIVED_LINE_MAX_BYTES, sizeOf } from '../core/archive-port.ts';
import type { ArchiveManifest, ArchiveSegment, LineOffsets, ListedSegment, LongLine, LongLines, NewPart, SegmentsOf } from '../core/archive-port.ts';
import { fileId } from '../core/file-entry.ts';
import { grouped } from '../core/grouped.ts';
import { safeId } from '../core/bytes/safe-id.ts';
import { FLAG } from '../core/scan-batch.ts';
import type { Sidecar } from '../core/sidecar.ts';
import { isoFromMs } from '../core/time/time.ts';
import { adapterOf } from '../sources/registry.ts';
import { sidecarsOf } from './rows/sidecar-rows.ts';
import { firstState } from '../sources/first-state.ts';
import type { IndexWriter } from './writer/index-writer.ts';
import { readParts } from './parts/read-parts.ts';
import { partItem } from './queries/parts.ts';
import type { Readers } from './store/readers.ts';

interface DueRow {
  file_ix: number;
  source: string;
  project: string;
  root: string;
  path: string;
  generation: number;
  birth_ms: number;
  gone: boolean;
  from_byte: number;
  to_byte: number;
  lines_before: number;
  adapter_state: string;
  state_now: string;
  first_ms: number | null;
  modified_ms: number;
}

/**
 * Due: the file is gone, or it belongs to sessions whose files were all quiet. Of a file every stretch that no part
 * has: mostly what follows the last part, but a part may be missing before others.
 */
const DUE_SQL = `WITH busy AS (SELECT DISTINCT session_ix FROM file_sessions JOIN files_now USING (file_ix) WHERE state = 'present' AND modified_ms > $since
  ), due AS (
    SELECT * FROM files_now f WHERE f.state <> 'replaced' AND f.offset_bytes > coalesce((SELECT sum(to_byte - from_byte) FROM archive_segments s WHERE s.file_ix = f.file_ix), 0)
      AND NOT (f.state = 'gone' AND list_contains($lost, f.file_ix))
      AND ($all OR f.state = 'gone' OR (f.modified_ms <= $since AND f.file_ix NOT IN (SELECT file_ix FROM file_sessions WHERE session_ix IN (SELECT session_ix FROM busy))))
  ), ends AS (
    SELECT file_ix, from_byte, to_byte, lines, adapter_state FROM archive_segments SEMI JOIN due USING (file_ix)
    UNION ALL SELECT file_ix, offset_bytes, offset_bytes, 0, '' FROM due
  ), stretches AS (
    SELECT file_ix, from_byte AS to_byte, coalesce(max(to_byte) OVER before, 0) AS from_byte, coalesce(last_value(adapter_state) OVER before, '') AS state_before
    FROM ends WINDOW before AS (PARTITION BY file_ix ORDER BY from_byte, to_byte ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  )
  SELECT d.file_ix, d.source, d.project, d.root, d.path, d.generation, d.birth_ms::DOUBLE AS birth_ms, d.state = 'gone' AS gone, s.from_byte::DOUBLE AS from_byte, s.to_byte::DOUBLE AS to_byte,
    s.state_before AS adapter_state, d.adapter_state AS state_now, d.modified_ms::DOUBLE AS modified_ms,
    (CASE WHEN s.from_byte = 0 THEN 0 ELSE greatest((SELECT max(r.line) FROM records r WHERE r.file_ix = d.file_ix AND r.byte_offset < s.from_byte), (SELECT max(r.line) FROM rejects r WHERE r.file_ix = d.file_ix AND r.byte_offset < s.from_byte)) END)::DOUBLE AS lines_before,
    (SELECT min(r.ts_ms) FROM records r WHERE r.file_ix = d.file_ix AND r.byte_offset >= s.from_byte AND r.byte_offset < s.to_byte AND r.ts_ms >= 0)::DOUBLE AS first_ms
  FROM stretches s JOIN due d USING (file_ix) WHERE s.to_byte > s.from_byte
    AND NOT EXISTS (SELECT 1 FROM rejects r WHERE r.file_ix = d.file_ix AND r.byte_offset = s.from_byte AND r.reason = 'lost')
  ORDER BY d.source, first_ms, d.file_ix, s.from_byte`;

interface LongLineRow {
  file_ix: number;
  path: string;
  gone: boolean;
  from_byte: number;
  to_byte: number;
}

const LONG_LINES_SQL = `SELECT r.file_ix, f.root || '/' || f.path AS path, f.state = 'gone' AS gone, r.byte_offset::DOUBLE AS from_byte, (r.byte_offset + r.byte_length + 1)::DOUBLE AS to_byte
  FROM rejects r JOIN files_now f USING (file_ix) WHERE r.byte_length > ${ARCHIVED_LINE_MAX_BYTES} AND r.reason <> 'lost' AND f.state <> 'replaced' ORDER BY r.file_ix, r.byte_offset`;

export class IndexManifest implements ArchiveManifest {
  private readonly readers: Readers;
  private readonly writer: IndexWriter;
  private readonly now: () => number;

  constructor(readers: Readers, writer: IndexWriter, now: () => number) {
    this.readers = readers;
    this.writer = writer;
    this.now = now;
  }

  async due(quietSinceMs: number, all: boolean, lost: ReadonlySet<number>, longLines: readonly LongLines[]): Promise<ArchiveSegment[]> {
    const sql = DUE_SQL.replaceAll('$since', String(Math.trunc(quietSinceMs))).replaceAll('$all', String(all)).replaceAll('$lost', `[${[...lost].join(', ')}]::INTEGER[]`);
    const rows = await this.readers.rows<DueRow>(sql);
    const long = new Map(longLines.map(({ fileIx, lines }) => [fileIx, lines]));
    const segments = rows.map((row) => segmentOf(row, long.get(row.file_ix) ?? []));
    return segments.filter((segment) => sizeOf(segment) > 0).toSorted((a, b) => (a.source === b.source ? a.month.localeCompare(b.month) || a.fileIx - b.fileIx : a.source.localeCompare(b.source)));
  }

  async longLines(): Promise<LongLines[]> {
    const rows = await this.readers.rows<LongLineRow>(LONG_LINES_SQL);
    return [...grouped(rows, (row) => row.file_ix)].map(([fileIx, lines]) => {
      const { path, gone } = lines[0] as LongLineRow;
      return { fileIx, path, gone, lines: lines.map(({ from_byte: from, to_byte: to }) => ({ from, to })) };
    });
  }

  async sidecars(segments: readonly ArchiveSegment[]): Promise<Sidecar[]> {
    const agents = new Map<string, string>();
    for (const { source, root, path } of segments) {
      const { session, agent } = adapterOf(source).describe(root, path);
      if (agent !== null) agents.set(`${session}\n${safeId(agent)}`, safeId(agent));
    }
    const [first] = segments;
    if (first === undefined || agents.size === 0) return [];
    const found = await sidecarsOf(this.readers, first.source, [...agents.values()]);
    return found.filter(({ session, agent }) => agents.has(`${session}\n${agent}`));
  }

  async lineOffsets(fileIx: number, from: number, to: number): Promise<LineOffsets> {
    const range = `file_ix = ${fileIx} AND byte_offset >= ${from} AND byte_offset < ${to}`;
    const rows = await this.readers.rows<{ byte_at: number; lake_offset: number; duplicate: boolean }>(
      `SELECT byte_offset::DOUBLE AS byte_at, lake_offset::DOUBLE AS lake_offset, duplicate FROM (
        SELECT byte_offset, lake_offset, flags & ${FLAG.duplicate} <> 0 AS duplicate FROM records WHERE ${range}
        UNION ALL SELECT byte_offset, lake_offset, false FROM rejects WHERE ${range}
      ) ORDER BY byte_at`,
    );
    return {
      byteOffset: Float64Array.from(rows, (row) => row.byte_at),
      offset: Float64Array.from(rows, (row) => row.lake_offset),
      duplicate: Uint8Array.from(rows, (row) => (row.duplicate ? 1 : 0)),
    };
  }

  add(part: NewPart, replaced: readonly string[] = []): Promise<void> {
    const createdMs = Math.trunc(this.now());
    return this.writer.exclusively(async (connection) => {
      await connection.run('BEGIN');
      try {
        for (const id of replaced) {
          await connection.run('DELETE FROM archive_segments WHERE part_id = ?', [id]);
          await connection.run('DELETE FROM archive_parts WHERE part_id = ?', [id]);
        }
        await connection.run('INSERT INTO archive_parts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', [
          part.id, part.path, part.source, part.month, part.rows, part.bytes, part.sourceBytes, part.sessions, part.sha256, createdMs,
        ]);
        for (const segment of part.segments) {
          await connection.run('INSERT INTO archive_segments VALUES (?, ?, ?, ?, ?, ?)', [part.id, segment.fileIx, segment.from, segment.to, segment.lines, segment.adapterState]);
        }
        await connection.run('COMMIT');
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    }, replaced.length > 0 ? 'anything' : { ...part, createdMs });
  }

  /** Takes a part out of the manifest, or only what it is listed with of some files: that is due again. */
  unlist(partId: string, files: readonly number[] | null): Promise<void> {
    return this.writer.exclusively(async (connection) => {
      await connection.run('BEGIN');
      try {
        const which = files === null ? '' : `AND file_ix IN (${[-1, ...files].join(', ')})`;
        await connection.run(`DELETE FROM archive_segments WHERE part_id = ? ${which}`, [partId]);
        if (files === null) await connection.run('DELETE FROM archive_parts WHERE part_id = ?', [partId]);
        await connection.run('COMMIT');
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  segments(of: SegmentsOf): Promise<ListedSegment[]> {
    return listedSegments(this.readers, of);
  }

  async parts(): Promise<ArchivePartItem[]> {
    return (await this.readers.use((connection) => readParts(connection))).map(partItem);
  }
}

function segmentOf(row: DueRow, longLines: readonly LongLine[]): ArchiveSegment {
  return {
    fileIx: row.file_ix,
    fileId: fileId(row.file_ix),
    source: row.source,
    project: row.project,
    root: row.root,
    path: row.path,
    generation: row.generation,
    birthMs: row.birth_ms,
    gone: row.gone,
    from: row.from_byte,
    to: row.to_byte,
    longLines: longLines.filter(({ from, to }) => from >= row.from_byte && to <= row.to_byte),
    linesBefore: row.lines_before,
    adapterState: row.from_byte === 0 ? firstState(row.source, row.root, row.path, row.state_now) : row.adapter_state,
    month: isoFromMs(row.first_ms ?? row.modified_ms).slice(0, 7),
  };
}

/** In the order of the bytes of each file. */
export function listedSegments(readers: Readers, of: SegmentsOf): Promise<ListedSegment[]> {
  const where = of === 'all' ? 'true' : 'fileIx' in of ? `file_ix = ${of.fileIx}` : `list_contains([${of.parts.map((id) => `'${id.replaceAll("'", "''")}'`).join(', ')}]::VARCHAR[], part_id)`;
  return readers.rows<ListedSegment>(
    `SELECT s.part_id AS "partId", s.file_ix AS "fileIx", f.root, s.from_byte::DOUBLE AS "from", s.to_byte::DOUBLE AS "to", s.lines::DOUBLE AS lines, s.adapter_state AS "adapterState"
    FROM archive_segments s JOIN files f USING (file_ix) WHERE ${where} ORDER BY s.file_ix, s.from_byte`,
  );
}
