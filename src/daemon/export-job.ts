// An export into a file below the data directory: written aside, synced and renamed, so that the file is whole
// or not there. Begun again after a restart, it writes the same file anew.

import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LakeError } from '../core/errors.ts';
import type { ExportJobResult, JobProgress, JobRequest } from '../core/jobs.ts';
import type { Questions } from '../core/questions.ts';
import type { RecordQuery } from '../core/record.ts';
import { EXPORT_FORMATS } from '../server/export-formats.ts';
import { exportStreams } from './exports.ts';
import type { Logger } from '../core/logger.ts';

export interface ExportJobParts {
  questions: Questions;
  /** The folder that exports are written into. */
  dir: string;
  tempDir: string;
}

/** Throws where it was cancelled; nothing of it is left then. */
export async function exportIntoFile({ questions, dir, tempDir }: ExportJobParts, request: JobRequest<'export'>, signal: AbortSignal, onProgress: (progress: JobProgress) => void): Promise<ExportJobResult> {
  const { format, filter, content, duplicates } = request;
  const top = questions.top();
  const query: RecordQuery = { filter, after: Number(request.after), upto: request.upto === null ? top : Math.min(Number(request.upto), top), duplicates };
  const name = request.path ?? `${format}-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}.${EXPORT_FORMATS[format].extension}`;
  const path = join(dir, name);
  const counted = counting(questions, (last) => onProgress({ done: Math.max(0, last - query.after), total: query.upto - query.after, unit: 'offsets' }));
  const failures: unknown[] = [];
  const streams = exportStreams(counted.questions, tempDir, failureLogger(failures));
  const body = await EXPORT_FORMATS[format].open(streams, query, content, signal);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.part`;
  const file = await open(aside, 'w', 0o600);
  try {
    const sha256 = await write(file, body.chunks, signal);
    if (failures.length > 0) throw failures[0];
    await file.sync();
    await file.close();
    const { size } = await stat(aside);
    await rename(aside, path);
    await syncFolder(dirname(path));
    return { path, rows: counted.rows(), bytes: size, sha256, from: String(query.after), to: String(query.upto), epoch: questions.epoch };
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(aside, { force: true });
    throw error;
  }
}

async function write(file: FileHandle, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    if (signal.aborted) break;
    hash.update(chunk);
    for (let written = 0; written < chunk.length; ) written += (await file.write(chunk, written)).bytesWritten;
  }
  if (signal.aborted) throw new LakeError('unavailable', 'The export was cancelled.');
  return hash.digest('hex');
}

/** The same questions, with the rows that went out counted. */
function counting(questions: Questions, onLast: (offset: number) => void): { questions: Questions; rows: () => number } {
  let rows = 0;
  const count = (more: number, last: number): void => {
    rows += more;
    onLast(last);
  };
  const counted: Questions = Object.assign(Object.create(questions) as Questions, {
    async *records(...args: Parameters<Questions['records']>) {
      for await (const batch of questions.records(...args)) {
        count(batch.length, Number(batch.at(-1)?.offset ?? 0));
        yield batch;
      }
    },
    async *recordLines(...args: Parameters<Questions['recordLines']>) {
      for await (const chunk of questions.recordLines(...args)) {
        count(chunk.rows, chunk.last);
        yield chunk;
      }
    },
    async *lines(...args: Parameters<Questions['lines']>) {
      for await (const chunk of questions.lines(...args)) {
        count(chunk.rows, chunk.last);
        yield chunk;
      }
    },
  } satisfies Pick<Questions, 'records' | 'recordLines' | 'lines'>);
  return { questions: counted, rows: () => rows };
}

/** A stream that fails ends with a line that says so; a file must not. */
function failureLogger(failures: unknown[]): Logger {
  const quiet = (): void => undefined;
  return { debug: quiet, info: quiet, warn: quiet, error: (fields) => void failures.push((fields as { err?: unknown }).err) };
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
