// How a session stood at any time: the last snapshot before it, and the records since. Snapshots are made
// every few thousand records as a question passes them, and kept in memory within a bound. A line that comes
// late, or a call that another session turns out to own, drops the snapshots from its time on.

import type { DuckDBConnection } from '@duckdb/node-api';
import { LRUCache } from 'lru-cache';
import { FLAG } from '../../core/scan-batch.ts';
import type { Directories } from '../commit-rows.ts';
import { queryRows } from '../database.ts';
import type { PricedModels } from '../priced-models.ts';
import { hasVersions } from '../queries/newest-version.ts';
import { fixedColumn, textsOf } from '../vectors.ts';
import { callTimes } from './call-times.ts';
import type { CallTime } from './call-times.ts';
import { StateFold } from './state-fold.ts';
import type { FoldRow } from './state-fold.ts';

const SNAPSHOT_ROWS = 2048;
/** A session that is gone through for the first time is read in slices of so many snapshots. */
const SLICE_SNAPSHOTS = 4;
const CACHE_MAX_BYTES = 16 * 1024 * 1024;

interface Snapshot {
  /** Every line up to this time is in it. */
  atMs: number;
  fold: StateFold;
}

/** What is known of a session's past, of the lake up to an offset and a commit. */
interface History {
  upto: number;
  seq: number;
  /** By time. */
  snapshots: Snapshot[];
  /** One question at a time. */
  turn: Promise<unknown>;
}

export interface SnapshotParts {
  names: Directories;
  prices: PricedModels;
}

export class Snapshots {
  private readonly rowsApart: number;
  private readonly histories: LRUCache<number, History>;

  constructor(rowsApart = SNAPSHOT_ROWS, maxBytes = CACHE_MAX_BYTES) {
    this.rowsApart = rowsApart;
    this.histories = new LRUCache({ maxSize: maxBytes, sizeCalculation: (history) => history.snapshots.reduce((bytes, { fold }) => bytes + fold.bytes, 100) });
  }

  /** Questions about one session come one after the other. Whoever waits must not hold a connection meanwhile. */
  inTurn<T>(session: number, work: () => Promise<T>): Promise<T> {
    const history = this.historyOf(session);
    const answer = history.turn.then(work);
    history.turn = answer.catch(() => undefined);
    return answer;
  }

  /** The session with every line up to `atMs`; what its unsettled calls add then is still to be added. To be called in turn. */
  at(connection: DuckDBConnection, parts: SnapshotParts, session: number, atMs: number): Promise<StateFold> {
    return this.fold(connection, parts, { session, atMs, history: this.historyOf(session) });
  }

  private historyOf(session: number): History {
    const known = this.histories.get(session);
    if (known !== undefined) return known;
    const history: History = { upto: 0, seq: 0, snapshots: [], turn: Promise.resolve() };
    this.histories.set(session, history);
    return history;
  }

  /** In slices, so that a session that nobody asked about before holds nobody up. */
  private async fold(connection: DuckDBConnection, parts: SnapshotParts, { session, atMs, history }: { session: number; atMs: number; history: History }): Promise<StateFold> {
    await refresh(connection, session, history);
    const last = history.snapshots.findLast((snapshot) => snapshot.atMs <= atMs) ?? { atMs: -1, fold: new StateFold() };
    const fold = last.fold.copy();
    const read = foldRowReader(connection, parts.names, session);
    for (let after = last.atMs; after < atMs; ) {
      const { rows, upto } = await read(after, atMs, this.rowsApart * SLICE_SNAPSHOTS);
      const calls = await callTimes(connection, session, after, upto, fold.unsettled, parts.prices);
      const made = walk(fold, rows, new SettlingCalls(calls), { upto, rowsApart: this.rowsApart });
      if (upto < atMs) made.push({ atMs: upto, fold: fold.copy() });
      history.snapshots = [...history.snapshots, ...made].toSorted((a, b) => a.atMs - b.atMs);
      after = upto;
    }
    this.histories.set(session, history);
    return fold;
  }
}

/** Adds rows, all there are up to a time, and the calls that settle meanwhile; gives the snapshots on the way. */
function walk(fold: StateFold, rows: readonly FoldRow[], calls: SettlingCalls, { upto, rowsApart }: { upto: number; rowsApart: number }): Snapshot[] {
  const made: Snapshot[] = [];
  let since = 0;
  for (const [i, row] of rows.entries()) {
    const before = rows[i - 1]?.ts ?? row.ts;
    if (since >= rowsApart && row.ts > before) {
      calls.settle(fold, before);
      made.push({ atMs: before, fold: fold.copy() });
      since = 0;
    }
    since += 1;
    fold.add(row);
  }
  calls.settle(fold, upto);
  return made;
}

/** The calls of a slice, in the order in which they settle. */
class SettlingCalls {
  private readonly calls: readonly CallTime[];
  private next = 0;

  constructor(calls: readonly CallTime[]) {
    this.calls = calls.toSorted((a, b) => a.settledMs - b.settledMs);
  }

  settle(fold: StateFold, ms: number): void {
    for (let call = this.calls[this.next]; call !== undefined && call.settledMs <= ms; call = this.calls[++this.next]) {
      fold.own.add(call.own);
      fold.all.add(call.all);
    }
    fold.unsettled = this.calls.slice(this.next).filter((call) => call.touchedMs <= ms).map((call) => call.message);
  }
}

/** Takes over what was committed since: snapshots that it changes are dropped. */
async function refresh(connection: DuckDBConnection, session: number, history: History): Promise<void> {
  const [now] = await queryRows<{ upto: number; seq: number }>(connection, 'SELECT (SELECT coalesce(max(lake_offset), 0) FROM records)::DOUBLE AS upto, (SELECT coalesce(max(seq), 0) FROM calls)::DOUBLE AS seq');
  if (now === undefined || (now.upto === history.upto && now.seq === history.seq)) return;
  if (history.snapshots.length > 0) {
    const scope = `session_ix = ${session}`;
    const moved = `SELECT message FROM calls WHERE seq > ${history.seq}`;
    const [first] = await queryRows<{ changed: number | null }>(
      connection,
      `SELECT least((SELECT min(ts_ms) FROM records WHERE ${scope} AND lake_offset > ${history.upto} AND ts_ms >= 0),
        (SELECT min(ts_ms) FROM records WHERE ${scope} AND flags & ${FLAG.counted} <> 0 AND ts_ms >= 0 AND call_message IN (${moved})),
        (SELECT min(least(owner_ms, best_ms)) FROM calls WHERE ${scope} AND message IN (${moved})))::DOUBLE AS changed`,
    );
    const changed = first?.changed ?? Number.POSITIVE_INFINITY;
    history.snapshots = history.snapshots.filter((snapshot) => snapshot.atMs < changed);
  }
  history.upto = now.upto;
  history.seq = now.seq;
}

const COLUMNS = 'lake_offset::DOUBLE, ts_ms::DOUBLE, agent_ix, flags::INTEGER, tools, tool_results';

/** All records of (after, upto], by time. */
interface FoldSlice {
  rows: FoldRow[];
  upto: number;
}

/** Reads as many of a session's records as there are up to a time, or some `limit`: then they end earlier. */
function foldRowReader(connection: DuckDBConnection, names: Directories, session: number): (after: number, upto: number, limit: number) => Promise<FoldSlice> {
  const records = `records WHERE session_ix = ${session} AND flags & ${FLAG.duplicate} = 0`;
  // What earlier versions of a record told is told already.
  const told = hasVersions(names, session)
    ? `(SELECT *, CASE WHEN flags & ${FLAG.replaces} <> 0 THEN coalesce(max(json_array_length(tools)) OVER earlier, 0) ELSE 0 END::INTEGER AS told_tools,
        CASE WHEN flags & ${FLAG.replaces} <> 0 AND max(flags & ${FLAG.error}) OVER earlier > 0 THEN 1 ELSE 0 END AS told_error
      FROM ${records} WINDOW earlier AS (PARTITION BY uuid ORDER BY lake_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))`
    : `(SELECT *, 0 AS told_tools, 0 AS told_error FROM ${records})`;
  const select = `SELECT ${COLUMNS}, told_tools, told_error FROM ${told} WHERE`;
  return async (after, upto, limit) => {
    const rows = await readFoldRows(connection, `${select} ts_ms > ${after} AND ts_ms <= ${upto} ORDER BY ts_ms, lake_offset LIMIT ${limit + 1}`);
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined || rows.length <= limit) return { rows, upto };
    // Of the last time there may be more.
    if (last.ts > first.ts) return { rows: rows.filter((row) => row.ts < last.ts), upto: last.ts - 1 };
    return { rows: await readFoldRows(connection, `${select} ts_ms = ${first.ts} ORDER BY lake_offset`), upto: first.ts };
  };
}

async function readFoldRows(connection: DuckDBConnection, sql: string): Promise<FoldRow[]> {
  const rows: FoldRow[] = [];
  const result = await connection.stream(sql);
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [offset, ts] = [fixedColumn(chunk, 0, Float64Array), fixedColumn(chunk, 1, Float64Array)];
    const [agent, flags, toldTools, toldError] = [fixedColumn(chunk, 2, Int32Array), fixedColumn(chunk, 3, Int32Array), fixedColumn(chunk, 6, Int32Array), fixedColumn(chunk, 7, Int32Array)];
    const [tools, results] = [textsOf(chunk, 4), textsOf(chunk, 5)];
    for (let i = 0; i < chunk.rowCount; i++) {
      rows.push({ ts: ts[i] as number, offset: offset[i] as number, agent: agent[i] as number, flags: flags[i] as number, tools: tools(i), results: results(i), toldTools: toldTools[i] as number, toldError: toldError[i] !== 0 });
    }
  }
  return rows;
}
