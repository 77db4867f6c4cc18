// What keeps an index from going on however often it is tried. A daemon waits until somebody sees to it; who indexes
// once, as from cron, is told and ends.

import { LakeError } from '../core/errors.ts';
import { storageFailure } from '../core/storage-failure.ts';
import type { Problems } from '../ingest/problems.ts';

const CODES: ReadonlySet<string> = new Set(['disk_full', 'commit_failed']);
/** A commit that failed may well do so no more. */
const PATIENCE_MS = 5000;
const LOOK_EVERY_MS = 500;

/** What `work` comes to. Throws `storage` where nothing could be stored in `dataDir` for seconds. */
export async function untilStandstill<T>(problems: Problems, dataDir: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const standstill = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      const lasting = problems.list().find(({ code, since }) => CODES.has(code) && Date.now() - Date.parse(since) >= PATIENCE_MS);
      if (lasting === undefined) return;
      const { message } = storageFailure(new Error(lasting.message), dataDir) ?? lasting;
      reject(new LakeError('storage', message, { hint: 'What was indexed stays. See to that, then run it again: it goes on where it stopped.' }));
    }, LOOK_EVERY_MS);
  });
  try {
    return await Promise.race([work, standstill]);
  } finally {
    clearInterval(timer);
  }
}
