// One part of several: the rows of the wanted segments, in their files' order, compared with what was read
// before the file counts. Runs in a worker.

import { createHash } from 'node:crypto';
import { DuckDBBlobVector } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Sidecar } from '../core/sidecar.ts';
import { createTableSql, PART_COLUMNS } from './columns.ts';
import type { MergeJob, MergeResult, MergeSegment } from './merge-job.ts';
import { checkPart, sealFile, writePart } from './part-file.ts';
import type { ExpectedSegment } from './part-file.ts';
import { describePart } from './part-metadata.ts';
import type { DescribedSegment } from './part-metadata.ts';
import { literal } from './scratch.ts';

const NEWLINE = Buffer.from('\n');

/** Throws where lines are missing in a part, or the new one reads back differently; the target is then to be removed. */
export async function mergeParts(connection: DuckDBConnection, job: MergeJob): Promise<MergeResult> {
  await connection.run(createTableSql('merged_rows', PART_COLUMNS));
  const pieces: DescribedSegment[] = [];
  const sidecars = new Map<string, Sidecar>();
  for (const { path, segments } of job.parts) {
    const described = await describePart(connection, path);
    for (const sidecar of described.sidecars) sidecars.set(`${sidecar.root}/${sidecar.path}`, sidecar);
    const time = await timeOf(connection, path);
    for (const segment of segments) {
      const { there, fileId, from, to } = segment;
      pieces.push(pieceOf(segment, described.segments));
      await connection.run(
        `INSERT INTO merged_rows BY NAME SELECT * REPLACE (${literal(fileId)} AS file_id, ${time} AS ts) FROM read_parquet(${literal(path)}, hive_partitioning = false)
        WHERE file_id = ${literal(there)} AND byte_offset >= ${from} AND byte_offset < ${to}`,
      );
    }
  }
  const segments = joined(pieces);
  const expected = await readBack(connection, segments);
  const [rows, sessions] = (await connection.runAndReadAll('SELECT count(*)::INTEGER, (count(DISTINCT session_id) FILTER (reject IS NULL))::INTEGER FROM merged_rows')).getRows()[0] as [number, number];
  await writePart(connection, 'FROM merged_rows ORDER BY file_id, byte_offset', job.target, { segments, sidecars: [...sidecars.values()] });
  await connection.run('DROP TABLE merged_rows');
  await checkPart(connection, job.target, expected);
  return { segments, rows, sessions, sourceBytes: segments.reduce((sum, { from, to }) => sum + to - from, 0), ...(await sealFile(job.target)) };
}

/** Parts of an older kind hold a UTC time without saying so. */
async function timeOf(connection: DuckDBConnection, path: string): Promise<string> {
  const reader = await connection.runAndReadAll(`SELECT column_type FROM (DESCRIBE FROM read_parquet(${literal(path)}, hive_partitioning = false)) WHERE column_name = 'ts'`);
  return reader.getRows()[0]?.[0] === 'TIMESTAMP' ? 'to_timestamp(epoch_ms(ts) / 1000)' : 'ts';
}

function pieceOf({ there, fileId, root, from, to }: MergeSegment, described: readonly DescribedSegment[]): DescribedSegment {
  const known = described.find((segment) => segment.fileId === there && segment.from <= from && to <= segment.to);
  if (known === undefined) throw new RangeError(`bytes ${from} to ${to} of ${there} are not in the part`);
  return { ...known, fileId, root, from, to, stateBefore: known.from === from ? known.stateBefore : null };
}

/** In the order of the rows; their lines are counted when they are read back. */
function joined(pieces: readonly DescribedSegment[]): DescribedSegment[] {
  const segments: DescribedSegment[] = [];
  for (const piece of pieces.toSorted((a, b) => (a.fileId === b.fileId ? a.from - b.from : a.fileId < b.fileId ? -1 : 1))) {
    const last = segments.at(-1);
    // One that was moved meanwhile is where its last bytes are.
    if (last?.fileId === piece.fileId && last.to === piece.from) Object.assign(last, { to: piece.to, root: piece.root, path: piece.path, project: piece.project, generation: piece.generation });
    else segments.push({ ...piece });
  }
  return segments;
}

/** What the rows are to give back again. Fills in the lines of each segment. */
async function readBack(connection: DuckDBConnection, segments: readonly DescribedSegment[]): Promise<ExpectedSegment[]> {
  const expected: ExpectedSegment[] = [];
  for (const segment of segments) {
    const { fileId, from, to, path } = segment;
    const hash = createHash('sha256');
    let next = from;
    let lines = 0;
    const result = await connection.stream(
      `SELECT byte_offset::DOUBLE, line::DOUBLE, coalesce(encode(raw), raw_bytes) FROM merged_rows WHERE file_id = ${literal(fileId)} AND byte_offset >= ${from} AND byte_offset < ${to} ORDER BY byte_offset`,
    );
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      const raws = chunk.getColumnVector(2);
      if (!(raws instanceof DuckDBBlobVector)) throw new TypeError(`the part's lines read back as ${raws.type.toString()}`);
      if (lines === 0) segment.linesBefore = Number(chunk.getColumnVector(1).getItem(0)) - 1;
      for (let i = 0; i < chunk.rowCount; i++) {
        const bytes = raws.getItemBytes(i);
        if (bytes === null || Number(chunk.getColumnVector(0).getItem(i)) !== next) throw new RangeError(`byte ${next} of ${path} is missing`);
        hash.update(bytes).update(NEWLINE);
        next += bytes.length + 1;
        lines += 1;
      }
    }
    if (next !== to) throw new RangeError(`bytes ${next} to ${to} of ${path} are missing`);
    segment.lines = lines;
    expected.push({ path, lines, bytes: to - from - lines, sha256: hash.digest('hex') });
  }
  return expected;
}
