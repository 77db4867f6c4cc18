// Lines of an NDJSON export as JSON, one by one; an export that was cut throws.

import { LakeError } from '../core/errors.ts';
import type { LakeRecord } from '../core/answers/record.ts';
import { namedError } from './problem.ts';

/** The records of an export, in order. Throws where its last line is missing or is an error. */
export async function* exportedRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LakeRecord> {
  for await (const line of lines(chunks)) {
    const document = JSON.parse(line) as LakeRecord & { code?: string; message?: string };
    // Records may be of any type, "end" too; but only they have an offset.
    if (document.offset !== undefined) yield document;
    else if (document.type === 'end') return;
    else if (document.type === 'error') throw namedError(document.code, document.message);
  }
  throw new LakeError('internal', 'The answer was cut before its last line.', { hint: 'Try again.' });
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield Buffer.concat([...pending, chunk.subarray(start, end)]).toString('utf8');
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  if (pending.length > 0) yield Buffer.concat(pending).toString('utf8');
}
