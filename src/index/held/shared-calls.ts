// Calls that more than one session tells of: forks and resumed copies repeat them. They are few, and to look for
// the rows of a session's calls in all others goes through the whole lake. So they are found once for
// all; behind that, what came since is looked at, which is little, until it is worth finding them again.

import { FLAG } from '../../core/scan-batch.ts';
import type { Ask, Readers } from '../readers.ts';

/** Rows behind that are worth it. */
const BEHIND_MAX = 50_000;
/** More calls than these are no list in a statement. */
const LISTED_MAX = 5_000;

const BOUNDS = 'SELECT coalesce(max(lake_offset), 0)::DOUBLE AS "offset", (SELECT coalesce(max(seq), 0) FROM calls)::DOUBLE AS seq FROM records';
const SHARED = `SELECT message FROM (SELECT message, session_ix FROM calls UNION ALL SELECT call_message, session_ix FROM records WHERE flags & ${FLAG.counted} <> 0)
  GROUP BY message HAVING min(session_ix) <> max(session_ix) ORDER BY message`;

/** Of the rows up to a lake offset, and of calls up to a commit. */
export interface Shared {
  offset: number;
  seq: number;
  /** In order. */
  messages: BigUint64Array;
}

/** For who looks for none. */
export const NOTHING_SHARED: Shared = { offset: 0, seq: 0, messages: new BigUint64Array() };

/** What a session looks for elsewhere. */
export interface WantedCalls {
  session: number;
  messages: ReadonlySet<bigint>;
}

export class SharedCalls {
  private readonly readers: Readers;
  private found: Promise<Shared> | null = null;
  private last: Shared | null = null;

  constructor(readers: Readers) {
    this.readers = readers;
  }

  /** `top`: of the lake. */
  async of(top: number): Promise<Shared> {
    if (this.last !== null && top - this.last.offset <= BEHIND_MAX) return this.last;
    this.found ??= this.find().finally(() => (this.found = null));
    if (this.last === null) return this.found;
    // Whoever waits for it needs it no sooner than the next one.
    this.found.catch(() => undefined);
    return this.last;
  }

  private async find(): Promise<Shared> {
    return (this.last = await this.readers.ahead(async (_connection, ask) => readShared(ask)));
  }
}

async function readShared(ask: Ask): Promise<Shared> {
  const [bounds] = await ask<{ offset: number; seq: number }>(BOUNDS);
  const messages = await ask<{ message: bigint }>(SHARED);
  return { offset: bounds?.offset ?? 0, seq: bounds?.seq ?? 0, messages: BigUint64Array.from(messages, ({ message }) => message) };
}

/** Lines of these calls in other sessions, as a condition on `records`. */
export function linesElsewhere({ offset, messages: shared }: Shared, wanted: WantedCalls): string {
  return elsewhere(wanted, 'call_message', `lake_offset > ${offset}`, shared);
}

/** Rows of these calls that are other sessions', as a condition on `calls`. */
export function callsElsewhere({ seq, messages: shared }: Shared, wanted: WantedCalls): string {
  return elsewhere(wanted, 'message', `seq > ${seq}`, shared);
}

function elsewhere({ session, messages }: WantedCalls, column: string, since: string, shared: BigUint64Array): string {
  const known = [...messages].filter((message) => isAmong(shared, message));
  const earlier = known.length === 0 ? '' : ` OR ${column} IN (${listSql(known, session)})`;
  return `session_ix <> ${session} AND ((${since} AND ${column} IN (${listSql([...messages], session)}))${earlier})`;
}

/** A longer list is that of all calls of the session. */
function listSql(messages: readonly bigint[], session: number): string {
  if (messages.length === 0) return 'NULL';
  if (messages.length <= LISTED_MAX) return messages.join(',');
  return `SELECT call_message FROM records WHERE session_ix = ${session} AND flags & ${FLAG.counted} <> 0 UNION ALL SELECT message FROM calls WHERE session_ix = ${session}`;
}

function isAmong(sorted: BigUint64Array, message: bigint): boolean {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] as bigint) < message) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === message;
}
