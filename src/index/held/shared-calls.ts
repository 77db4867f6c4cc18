// Calls that more than one session tells of: forks and resumed copies repeat them. They are few, and to look for
// the rows of a session's calls in all others goes through the whole lake. So they are read once, and follow the commits:
// most sessions share none and need not look.

import type { DuckDBConnection } from '@duckdb/node-api';
import { Columns } from '../../core/columns/columns.ts';
import { RowIndex } from '../../core/columns/row-index.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { CommitChange } from '../follow/commit-changes.ts';
import type { Following, Reading } from '../follow/followed.ts';
import type { SharedCall } from '../calls/call-line.ts';
import { queryRows } from '../store/query.ts';
import { LAST_COMMIT_SQL } from '../store/schema.ts';
import { readFixed } from '../store/vectors.ts';

/** More calls than these are no list in a statement. */
const LISTED_MAX = 5_000;
const [HASH_BYTES, NUMBER_BYTES] = [8, 4];

export class SharedCalls implements Following {
  private readonly columns = new Columns({ high: Int32Array, low: Int32Array, session: Int32Array });
  private readonly index = new RowIndex();
  private rows = 0;

  commit({ calls }: CommitChange): void {
    for (const call of calls.shared) this.add(call);
  }

  addPart(): boolean {
    return true;
  }

  add({ messageHigh, messageLow, session }: SharedCall): void {
    const hash = (messageHigh ^ messageLow) >>> 0;
    const [high, low] = [messageHigh | 0, messageLow | 0];
    if (this.index.find(hash, (row) => this.is(row, high, low) && this.columns.of.session[row] === session) !== 0) return;
    const row = ++this.rows;
    this.columns.reserve(row);
    const { of } = this.columns;
    [of.high[row], of.low[row], of.session[row]] = [high, low, session];
    this.index.add(hash, row);
  }

  /** Of a session's calls those that others tell of too, and which others. */
  elsewhere(messages: ReadonlySet<bigint>, session: number): Elsewhere {
    const all = BigUint64Array.from(messages);
    const words = new Int32Array(all.buffer);
    const sessions = new Set<number>();
    const shared = all.filter((_, i) => {
      const [low, high] = [words[i * 2] as number, words[i * 2 + 1] as number];
      let isShared = false;
      // All of them: none is said to be the one that is meant.
      this.index.find((high ^ low) >>> 0, (row) => {
        const other = this.columns.of.session[row] as number;
        if (other === session || !this.is(row, high, low)) return false;
        sessions.add(other);
        isShared = true;
        return false;
      });
      return isShared;
    });
    return new Elsewhere(session, shared, [...sessions].toSorted((a, b) => a - b));
  }

  private is(row: number, high: number, low: number): boolean {
    const { of } = this.columns;
    return of.high[row] === high && of.low[row] === low;
  }
}

/** What of a session's calls is to be looked for in other sessions. */
export class Elsewhere {
  private readonly session: number;
  private readonly messages: BigUint64Array;
  private readonly sessions: readonly number[];

  constructor(session: number, messages: BigUint64Array, sessions: readonly number[]) {
    this.session = session;
    this.messages = messages;
    this.sessions = sessions;
  }

  get isNothing(): boolean {
    return this.messages.length === 0;
  }

  /** As a condition on rows whose call's message is in `column`. */
  condition(column: string): string {
    return `session_ix IN (${this.sessions.join(',')}) AND ${column} IN (${this.list()})`;
  }

  /** A longer list is that of all calls of the session. */
  private list(): string {
    const { messages, session } = this;
    if (messages.length <= LISTED_MAX) return messages.join(',');
    return `SELECT call_message FROM records WHERE session_ix = ${session} AND flags & ${FLAG.counted} <> 0 UNION ALL SELECT message FROM calls WHERE session_ix = ${session}`;
  }
}

/** In a transaction. */
export async function readSharedCalls(connection: DuckDBConnection): Promise<Reading<SharedCalls>> {
  const [last] = await queryRows<{ seq: number }>(connection, `SELECT ${LAST_COMMIT_SQL} AS seq`);
  const held = new SharedCalls();
  await readFixed(connection, SHARED, [HASH_BYTES, NUMBER_BYTES], ([messages, sessions], rows) => {
    const [words, numbers] = [new Int32Array((messages as Uint8Array).buffer), new Int32Array((sessions as Uint8Array).buffer)];
    for (let i = 0; i < rows; i++) held.add({ messageLow: words[i * 2] as number, messageHigh: words[i * 2 + 1] as number, session: numbers[i] as number });
  });
  return { held, seq: last?.seq ?? 0 };
}

const SHARED = `WITH told AS (SELECT message, session_ix FROM calls UNION ALL SELECT call_message, session_ix FROM records WHERE flags & ${FLAG.counted} <> 0),
  shared AS MATERIALIZED (SELECT message FROM told GROUP BY message HAVING min(session_ix) <> max(session_ix))
  SELECT DISTINCT message, session_ix FROM told WHERE message IN (FROM shared)`;
