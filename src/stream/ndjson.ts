// Records as NDJSON: one a line, and a last line that proves the stream whole: rows, the range it
// covers and the hash of every byte before it. Without that line it was cut, and `after` the last
// offset received gives exactly the rest, because the order of offsets never changes.

import { createHash } from 'node:crypto';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Questions } from '../core/questions.ts';
import type { Content, RecordQuery } from '../core/record.ts';
import { throwIfCut } from './cut.ts';
import { TextChunks } from './text-chunks.ts';

/**
 * `query.upto` pins the snapshot. In the last line `from` is `query.after`, and everything up to `to`
 * was looked at: `query.upto`, or the last row where `query.limit` ended the stream before.
 * An error before the first chunk is thrown; one after it is the last line, and given to `report`.
 */
export async function* ndjson(
  questions: Pick<Questions, 'records'>,
  query: RecordQuery,
  content: Content,
  signal?: AbortSignal,
  report?: (error: unknown) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  const chunks = new TextChunks();
  let rows = 0;
  let last = query.after;
  let begun = false;
  try {
    for await (const batch of questions.records(query, content, signal)) {
      for (const record of batch) {
        const chunk = chunks.add(`${JSON.stringify(record)}\n`);
        rows += 1;
        last = Number(record.offset);
        if (chunk === undefined) continue;
        hash.update(chunk);
        begun = true;
        yield chunk;
      }
    }
    throwIfCut(signal, last);
  } catch (error) {
    if (!begun) throw error;
    report?.(error);
    yield joined(chunks.take(), errorLine(error, last));
    return;
  }
  const rest = chunks.take();
  if (rest !== undefined) hash.update(rest);
  const to = rows === query.limit ? last : query.upto;
  const end = { type: 'end', rows, from: String(query.after), to: String(to), sha256: hash.digest('hex') };
  yield joined(rest, `${JSON.stringify(end)}\n`);
}

/** `after` is where the client goes on. */
function errorLine(error: unknown, last: number): string {
  const code = error instanceof LakeError ? error.code : 'internal';
  return `${JSON.stringify({ type: 'error', code, message: messageOf(error), after: String(last) })}\n`;
}

function joined(chunk: Buffer | undefined, line: string): Buffer {
  const bytes = Buffer.from(line, 'utf8');
  return chunk === undefined ? bytes : Buffer.concat([chunk, bytes]);
}
