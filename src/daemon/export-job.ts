// An export into a file below the data directory, which is there when it is whole. Begun again after a restart,
// it writes the same file anew.

import { join } from 'node:path';
import { LakeError } from '../core/errors.ts';
import type { ExportJobResult, JobProgress, JobRequest } from '../core/answers/jobs.ts';
import type { Logger } from '../core/logger.ts';
import type { Questions } from '../core/answers/questions.ts';
import type { RecordQuery } from '../core/answers/record.ts';
import { EXPORT_FORMATS } from '../server/export-formats.ts';
import { exportStreams } from './exports.ts';
import { writeWhole } from './file-target.ts';

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
  const path = join(dir, request.path);
  const counted = counting(questions, (last) => onProgress({ done: Math.max(0, last - query.after), total: query.upto - query.after, unit: 'offsets' }));
  const failures: unknown[] = [];
  const streams = exportStreams(counted.questions, tempDir, failureLogger(failures));
  const body = await EXPORT_FORMATS[format].open(streams, query, content, signal);
  const written = await writeWhole(path, checked(body.chunks, failures, signal));
  return { path, rows: counted.rows(), ...written, from: String(query.after), to: String(query.upto), epoch: questions.epoch };
}

/** A stream that fails may end as if it were whole; a file must not. */
async function* checked(chunks: AsyncIterable<Uint8Array>, failures: readonly unknown[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (signal.aborted) break;
    yield chunk;
  }
  if (signal.aborted) throw new LakeError('unavailable', 'The export was cancelled.');
  if (failures.length > 0) throw failures[0];
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

function failureLogger(failures: unknown[]): Logger {
  const quiet = (): void => undefined;
  return { debug: quiet, info: quiet, warn: quiet, error: (fields) => void failures.push((fields as { err?: unknown }).err) };
}
