// Asks beforehand what somebody will ask first: connections, prices and pages of the database are there then, what is
// known of records and calls has been read into memory, and the code that answers has run and is compiled. Of a lake of
// 1 GB this is a second that nobody waits for.

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Lake } from '../index/lake.ts';
import type { ReaderPool } from '../index/store/reader-pool.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Logger } from '../core/logger.ts';
import { aboutASession, aboutTheLake, overview, readOnce } from './first-questions.ts';
import type { Ask } from './first-questions.ts';

interface WarmParts {
  readers: ReaderPool;
  lake: Lake;
  ingest: Pick<Ingest, 'caughtUp'>;
  /** Of the API; path and query. */
  ask: (path: string) => Promise<void>;
  /** When somebody else asked last, by `performance.now()`. */
  askedAt: () => number;
  logger: Logger;
}

/** A small lake is answered for at once; to ask it beforehand would be most of what its start costs. */
const SMALL_RECORDS = 20_000;
/** The state of a very long session alone takes seconds. */
const SESSION_MAX_RECORDS = 10_000;
const NEWEST = { limit: 50 };
/** Each after everything else was asked again: what ran more often is compiled better. */
const SESSIONS = 3;
/** Whoever asks is answered first. */
const QUIET_MS = 50;
/** Somebody who asks so long has seen to it. */
const GIVE_UP_MS = 10_000;

/** One question a turn, and none when the signal aborts. What fails is only told in the log. */
export async function warmUp({ readers, lake, ingest, ask, askedAt, logger }: WarmParts, signal: AbortSignal): Promise<void> {
  try {
    await readers.warmUp();
    await inTurns(overview(lake), signal);
    // To read it once costs less than to follow a first index.
    await ingest.caughtUp();
    await inTurns(readOnce(lake), signal);
    if (lake.top() < SMALL_RECORDS) return;
    const { items } = await lake.sessions({}, '-last_activity', NEWEST);
    for (const { id, project } of items.filter(({ message_count: messages }) => messages < SESSION_MAX_RECORDS).slice(0, SESSIONS)) {
      for (const path of [...aboutTheLake(), ...aboutASession(id, project)]) {
        if (!(await isQuiet(askedAt, signal))) return;
        await ask(path);
      }
    }
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

/** Soon; false where it was not for long. */
async function isQuiet(askedAt: () => number, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + GIVE_UP_MS;
  while (!signal.aborted && performance.now() < askedAt() + QUIET_MS) {
    if (performance.now() > until) return false;
    await sleep(QUIET_MS);
  }
  return !signal.aborted;
}
