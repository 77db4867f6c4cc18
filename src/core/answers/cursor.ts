// Opaque cursors: where a list goes on. Each names the list it belongs to and carries a checksum,
// so one from another list or with a changed byte is refused rather than misread.

import { createHash } from 'node:crypto';
import { LakeError } from '../errors.ts';

type CursorKey = readonly (string | number | null)[];

function checksum(body: string): string {
  return createHash('sha256').update(`sessionlake-cursor:${body}`).digest('base64url').slice(0, 8);
}

/** `key` is the sort key of the last row given out. */
export function encodeCursor(list: string, key: CursorKey): string {
  const body = Buffer.from(JSON.stringify([list, ...key]), 'utf8').toString('base64url');
  return `${body}.${checksum(body)}`;
}

/** The sort key that `encodeCursor` was given. Throws `invalid_cursor`. */
export function decodeCursor(list: string, cursor: string): CursorKey {
  const [body, sum, ...rest] = cursor.split('.');
  if (body === undefined || sum === undefined || rest.length > 0 || checksum(body) !== sum) {
    throw invalid('The cursor was changed or cut.');
  }
  const [from, ...key] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [string, ...CursorKey];
  if (from !== list) throw invalid(`The cursor belongs to another list (${from}).`);
  return key;
}

function invalid(message: string): LakeError {
  return new LakeError('invalid_cursor', message, {
    parameter: 'cursor',
    hint: 'Pass the next_cursor of the same list with the same filters, or leave it out to begin again.',
  });
}
