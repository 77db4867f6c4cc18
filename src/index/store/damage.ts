// Blocks of the index that are not what was written, as a disk or a copy leaves them: DuckDB finds them by their
// checksum when they are read, and what does not need them is answered as ever.

import { LakeError, messageOf } from '../../core/errors.ts';

const HINT = 'Stop the daemon, move the index away and start again: a new one is made of archive/ and of the logs that are still there.';

/** The error as it is to be told; null where it is another one. */
export function damageIn(error: unknown, path: string): LakeError | null {
  if (!/Corrupt database file/i.test(messageOf(error))) return null;
  return new LakeError('storage', `The index ${path} is damaged: some of it is not what was written.`, { cause: error, hint: HINT });
}
