// Asks beforehand what somebody will ask first: connections, prices and pages of the database are there then, and what is
// known of records and calls has been read into memory. Of a lake of 1 GB these are half a second that nobody waits for.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Lake } from '../index/lake.ts';
import type { ReaderPool } from '../index/store/reader-pool.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Logger } from '../core/logger.ts';

interface WarmParts {
  readers: ReaderPool;
  lake: Lake;
  ingest: Pick<Ingest, 'caughtUp'>;
  logger: Logger;
}

type Ask = () => Promise<unknown>;

const PAGE = { limit: 50 };

/** One question a turn, and none when the signal aborts. What fails is only told in the log. */
export async function warmUp({ readers, lake, ingest, logger }: WarmParts, signal: AbortSignal): Promise<void> {
  try {
    await readers.warmUp();
    await inTurns([
      () => lake.sessions({}, '-last_activity', PAGE),
      () => lake.projects(PAGE),
      () => lake.aggregateText({ groupBy: 'day', filter: {}, timezone: 'UTC' }),
    ], signal);
    // To read it once costs less than to follow a first index.
    await ingest.caughtUp();
    await inTurns([
      () => lake.linksHeld(),
      () => lake.files({}, PAGE),
      () => lake.rejects({}, PAGE),
      () => lake.archiveParts({}, PAGE),
      () => lake.events({ filter: {}, order: 'desc', content: 'none', duplicates: false, ...PAGE }),
      () => lake.usageBlocks({ filter: {}, activeOnly: false }),
      () => lake.series({ metric: 'messages', bucket: null, points: 500, filter: {}, timezone: 'UTC' }),
    ], signal);
    const newest = (await lake.sessions({}, '-last_activity', { limit: 1 })).items[0];
    if (newest !== undefined) await inTurns([() => lake.ledger(newest.id, PAGE), () => lake.views.exchanges(newest.id, PAGE)], signal);
  } catch (error) {
    logger.debug({ err: error }, 'the first questions could not be asked beforehand');
  }
}

async function inTurns(questions: readonly Ask[], signal: AbortSignal): Promise<void> {
  for (const ask of questions) {
    if (signal.aborted) return;
    await ask();
    await nextTurn();
  }
}
