// The conversion worker: segments of source files in, one verified and synced Parquet file out, still
// under its temporary name. Keeps one DuckDB instance for its life; a segment that cannot be read is
// left out and told, any other failure is the part's.

import { rm } from 'node:fs/promises';
import { threadId } from 'node:worker_threads';
import { messageOf } from '../core/errors.ts';
import { createTableSql, PART_COLUMNS } from './columns.ts';
import type { ConvertJob, ConvertResult, ConvertSegment, SkippedSegment } from './convert-job.ts';
import type { PartSegment } from '../core/archive-port.ts';
import type { MergeJob, MergeResult } from './merge-job.ts';
import { mergeParts } from './merge-rows.ts';
import { checkPart, sealFile, writePart } from './part-file.ts';
import type { ExpectedSegment } from './part-file.ts';
import type { DescribedSegment } from './part-metadata.ts';
import { RowWriter } from './row-writer.ts';
import { openScratch } from './scratch.ts';
import type { Scratch } from './scratch.ts';
import { writeSegment } from './segment-rows.ts';

let scratch: Scratch | undefined;

export default function convert(job: ConvertJob): Promise<ConvertResult> {
  return inScratch(job, (opened) => convertWith(opened, job));
}

/** Makes one part of several. */
export function merge(job: MergeJob): Promise<MergeResult> {
  return inScratch(job, ({ connection }) => mergeParts(connection, job));
}

async function inScratch<T>(job: { target: string; spillPrefix: string }, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  try {
    scratch ??= await openScratch(`${job.spillPrefix}${threadId}`);
    return await work(scratch);
  } catch (error) {
    // After a fatal error an instance answers nothing any more: the next job begins with a new one.
    scratch?.close();
    scratch = undefined;
    await rm(job.target, { force: true });
    throw error;
  }
}

async function convertWith({ connection }: Scratch, job: ConvertJob): Promise<ConvertResult> {
  await connection.run(createTableSql('part_rows', PART_COLUMNS));
  const rows = await fillTable(connection, job);
  const { segments, skipped, unindexed, expected } = rows;
  const counts = { rows: 0, sourceBytes: 0 };
  for (const segment of segments) {
    counts.rows += segment.lines;
    counts.sourceBytes += segment.to - segment.from;
  }
  if (segments.length === 0) return { segments, skipped, ...counts, bytes: 0, sessions: [], sha256: '', unindexed };
  await writePart(connection, 'FROM part_rows', job.target, { segments: rows.described, sidecars: job.sidecars });
  await connection.run('DROP TABLE part_rows');
  await checkPart(connection, job.target, expected);
  return { segments, skipped, ...counts, ...(await sealFile(job.target)), sessions: [...rows.sessions], unindexed };
}

interface FilledTable {
  segments: PartSegment[];
  expected: ExpectedSegment[];
  described: DescribedSegment[];
  skipped: SkippedSegment[];
  sessions: Set<string>;
  unindexed: number;
}

async function fillTable(connection: Scratch['connection'], job: ConvertJob): Promise<FilledTable> {
  const filled: FilledTable = { segments: [], expected: [], described: [], skipped: [], sessions: new Set(), unindexed: 0 };
  const appender = await connection.createAppender('part_rows');
  const writer = new RowWriter(appender, PART_COLUMNS);
  for (const segment of job.segments) {
    const { fileIx, from, to, path } = segment;
    try {
      const { lines, adapterState, sha256, sessions, unindexed } = writeSegment(writer, segment, job);
      filled.segments.push({ fileIx, from, to, lines, adapterState });
      filled.expected.push({ path, lines, bytes: to - from - lines, sha256 });
      filled.described.push(described(segment, lines));
      for (const session of sessions) filled.sessions.add(session);
      filled.unindexed += unindexed;
    } catch (error) {
      filled.skipped.push({ fileIx, path, reason: messageOf(error) });
      writer.flush();
      // A part has at most one segment of a file.
      await connection.run('DELETE FROM part_rows WHERE file_id = ?', [segment.fileId]);
    }
  }
  writer.flush();
  appender.closeSync();
  return filled;
}

function described(segment: ConvertSegment, lines: number): DescribedSegment {
  const { fileId, project, root, path, generation, birthMs, from, to, linesBefore, adapterState: stateBefore } = segment;
  return { fileId, project, root, path, generation, birthMs, from, to, linesBefore, lines, stateBefore, session: null };
}
