// Records as NDJSON: one a line, and a last line that proves the stream whole: rows, the range it
// covers and the hash of every byte before it. Without that line it was cut, and `after` the last
// offset received gives exactly the rest, because the order of offsets never changes.

import { createHash } from 'node:crypto';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Questions } from '../core/answers/questions.ts';
import type { Content, RecordQuery } from '../core/answers/record.ts';
import { throwIfCut } from './cut.ts';

/**
 * `query.upto` pins the snapshot. In the last line `from` is `query.after`, and everything up to `to`
 * was looked at: `query.upto`, or the last row where `query.limit` ended the stream before.
 * An error before the first chunk is thrown; one after it is the last line, and given to `report`.
 */
export async function* ndjson(
  questions: Pick<Questions, 'recordLines'>,
  query: RecordQuery,
  content: Content,
  signal?: AbortSignal,
  report?: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let rows = 0;
  let last = query.after;
  let begun = false;
  try {
    for await (const chunk of questions.recordLines(query, content, signal)) {
      hash.update(chunk.bytes);
      rows += chunk.rows;
      last = chunk.last;
      begun = true;
      yield chunk.bytes;
    }
    throwIfCut(signal, last);
  } catch (error) {
    if (!begun) throw error;
    // Whoever went away is no failure.
    if (signal?.aborted !== true) report?.(error);
    yield errorLine(error, last);
    return;
  }
  const to = rows === query.limit ? last : query.upto;
  yield lineOf({ type: 'end', rows, from: String(query.after), to: String(to), sha256: hash.digest('hex') });
}

/** `after` is where the client goes on. */
function errorLine(error: unknown, last: number): Buffer {
  const code = error instanceof LakeError ? error.code : 'internal';
  return lineOf({ type: 'error', code, message: messageOf(error), after: String(last) });
}

function lineOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
}
