// A folder of ours that cannot be written, as an error that names it. The system's fault is known by its code, or by
// its words where DuckDB or a worker hands on nothing else.

import { LakeError, messageOf, systemCode } from './errors.ts';

const SPACE = 'Free some space there, then ask again.';
const RIGHTS = 'Let the user that runs sessionlake write there, then ask again.';

const FAULTS: Readonly<Record<string, { words: string; fault: string; hint: string }>> = {
  ENOSPC: { words: 'no space left on device', fault: 'the disk is full', hint: SPACE },
  EDQUOT: { words: 'disk quota exceeded', fault: 'the quota of the disk is used up', hint: SPACE },
  EFBIG: { words: 'file too large', fault: 'a file may not become that large', hint: 'Raise the limit of file sizes (ulimit -f) for the daemon, then ask again.' },
  EROFS: { words: 'read-only file system', fault: 'its file system is read-only', hint: 'Mount it writable, or choose another data directory with --data-dir.' },
  EACCES: { words: 'permission denied', fault: 'permission is denied', hint: RIGHTS },
  EPERM: { words: 'operation not permitted', fault: 'it is not permitted', hint: RIGHTS },
};

const QUOTED_PATH = /["']((?:\/|[A-Za-z]:\\)[^"']*)["']/;

/** Null where the error is of another kind, or about a file elsewhere. */
export function storageFailure(error: unknown, folder: string): LakeError | null {
  if (error instanceof LakeError) return null;
  const message = messageOf(error);
  const path = QUOTED_PATH.exec(message)?.[1];
  if (path !== undefined && !path.startsWith(folder)) return null;
  const said = message.toLowerCase();
  const code = systemCode(error);
  const known = Object.entries(FAULTS).find(([name, { words }]) => (code === undefined ? said.includes(words) : code === name));
  if (known === undefined) return null;
  const [name, { fault, hint }] = known;
  return new LakeError('storage', `${folder} cannot be written: ${fault} (${name}).`, { hint, cause: error });
}

/** What the action comes to; where it fails as the folder cannot be written, that is what is thrown. */
export async function writingInto<T>(folder: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw storageFailure(error, folder) ?? error;
  }
}
