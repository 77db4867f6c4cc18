// What a daemon that died had committed without bringing it into the tables is brought there, so that a
// command that only reads finds all of it.

import { existsSync } from 'node:fs';
import type { Logger } from '../core/logger.ts';
import { Database } from '../index/store/database.ts';
import type { InstanceOptions } from '../index/store/instance.ts';
import { IndexWriter } from '../index/writer/index-writer.ts';
import { journalPath } from '../index/store/journal.ts';

/** Throws `already_running` where a daemon serves the index. */
export async function finishCommits(options: Omit<InstanceOptions, 'readOnly'>, logger: Logger): Promise<void> {
  if (!existsSync(journalPath(options.path))) return;
  const database = await Database.open({ ...options, readOnly: false });
  const writer = new IndexWriter(database, () => undefined, logger);
  try {
    await writer.start();
  } finally {
    await writer.close();
    database.close();
  }
}
