// Asks beforehand what somebody will ask first: connections, prices and pages of the database are there then, what is
// known of records and calls has been read into memory, and the code that answers has run once. Of a lake of 1 GB
// these are a second that nobody waits for.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Lake } from '../index/lake.ts';
import type { ReaderPool } from '../index/store/reader-pool.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Logger } from '../core/logger.ts';
import { aboutASession, aboutTheLake, overview } from './first-questions.ts';
import type { Ask } from './first-questions.ts';

interface WarmParts {
  readers: ReaderPool;
  lake: Lake;
  ingest: Pick<Ingest, 'caughtUp'>;
  logger: Logger;
}

/** A small lake is answered for at once; to ask it beforehand would be most of what its start costs. */
const SMALL_RECORDS = 20_000;
/** The state of a very long session alone takes seconds. */
const SESSION_MAX_RECORDS = 10_000;
const NEWEST = { limit: 50 };

/** One question a turn, and none when the signal aborts. What fails is only told in the log. */
export async function warmUp({ readers, lake, ingest, logger }: WarmParts, signal: AbortSignal): Promise<void> {
  try {
    await readers.warmUp();
    await inTurns(overview(lake), signal);
    // To read it once costs less than to follow a first index.
    await ingest.caughtUp();
    if (lake.top() < SMALL_RECORDS) return;
    await inTurns(aboutTheLake(lake), signal);
    const { items } = await lake.sessions({}, '-last_activity', NEWEST);
    const session = items.find(({ message_count: messages }) => messages < SESSION_MAX_RECORDS);
    if (session !== undefined) await inTurns(aboutASession(lake, session.id), signal);
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
