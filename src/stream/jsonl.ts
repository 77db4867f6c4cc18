// Source lines verbatim, whatever bytes they hold. Nothing of our own goes between them: rows and
// hash come beside the stream, for the HTTP trailers. A cut stream throws, so that its connection
// breaks instead of looking complete.

import { createHash } from 'node:crypto';
import type { Questions } from '../core/answers/questions.ts';
import type { RecordQuery } from '../core/answers/record.ts';
import { throwIfCut } from './cut.ts';

export interface JsonlTrailers {
  rows: number;
  sha256: string;
  /** Lake offset of the last line given out, or where the query began. */
  last: number;
}

export interface JsonlStream {
  chunks: AsyncGenerator<Uint8Array, void, undefined>;
  /** Once the last chunk was taken. */
  trailers(): JsonlTrailers;
}

export function jsonl(questions: Pick<Questions, 'lines'>, query: RecordQuery, signal?: AbortSignal): JsonlStream {
  const hash = createHash('sha256');
  let rows = 0;
  let last = query.after;
  let sha256: string | undefined;

  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of questions.lines(query, signal)) {
      hash.update(chunk.bytes);
      rows += chunk.rows;
      last = chunk.last;
      yield chunk.bytes;
    }
    throwIfCut(signal, last);
    sha256 = hash.digest('hex');
  }

  return {
    chunks: chunks(),
    trailers() {
      if (sha256 === undefined) throw new Error('The trailers of a stream are known at its end');
      return { rows, sha256, last };
    },
  };
}
