// A session's past as the database tells it.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { ToolRef, ToolResultRef } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { Directories } from '../names/directories.ts';
import { queryRows } from '../store/query.ts';
import type { PricedModels } from '../spending/priced-models.ts';
import { hasVersions } from '../rows/newest-version.ts';
import { fixedColumn, textsOf } from '../store/vectors.ts';
import { callTimes } from './call-times.ts';
import type { CallTime } from './call-times.ts';
import type { FoldSlice, KnownLake, Past } from './past.ts';
import type { FoldRow } from './state-fold.ts';

const COLUMNS = 'lake_offset::DOUBLE, ts_ms::DOUBLE, agent_ix, flags::INTEGER, tools, tool_results';

/** The next reading goes so much further where one had room left, and so much further than one that had not. */
const WIDER = 4;
const ROOM = 1.25;

export class StoredPast implements Past {
  private readonly connection: DuckDBConnection;
  private readonly session: number;
  private readonly prices: PricedModels;
  private readonly select: string;
  /** How far in time the rows of one reading may go: so each reads its own rows, and not all that are later. */
  private spanMs = Number.POSITIVE_INFINITY;

  constructor(connection: DuckDBConnection, session: number, names: Directories, prices: PricedModels) {
    this.connection = connection;
    this.session = session;
    this.prices = prices;
    const records = `records WHERE session_ix = ${session} AND flags & ${FLAG.duplicate} = 0`;
    // What earlier versions of a record told is told already.
    const told = hasVersions(names, session)
      ? `(SELECT *, CASE WHEN flags & ${FLAG.replaces} <> 0 THEN coalesce(max(json_array_length(tools)) OVER earlier, 0) ELSE 0 END::INTEGER AS told_tools,
          CASE WHEN flags & ${FLAG.replaces} <> 0 AND max(flags & ${FLAG.error}) OVER earlier > 0 THEN 1 ELSE 0 END AS told_error
        FROM ${records} WINDOW earlier AS (PARTITION BY uuid ORDER BY lake_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))`
      : `(SELECT *, 0 AS told_tools, 0 AS told_error FROM ${records})`;
    this.select = `SELECT ${COLUMNS}, told_tools, told_error FROM ${told} WHERE`;
  }

  async changedSince(known: KnownLake): Promise<KnownLake & { changedMs: number }> {
    const { connection, session } = this;
    const [now] = await queryRows<KnownLake>(connection, 'SELECT (SELECT coalesce(max(lake_offset), 0) FROM records)::DOUBLE AS upto, (SELECT coalesce(max(seq), 0) FROM calls)::DOUBLE AS seq');
    if (now === undefined || (now.upto === known.upto && now.seq === known.seq)) return { ...known, changedMs: Number.POSITIVE_INFINITY };
    const scope = `session_ix = ${session}`;
    const moved = `SELECT message FROM calls WHERE seq > ${known.seq}`;
    const [first] = await queryRows<{ changed: number | null }>(
      connection,
      `SELECT least((SELECT min(ts_ms) FROM records WHERE ${scope} AND lake_offset > ${known.upto} AND ts_ms >= 0),
        (SELECT min(ts_ms) FROM records WHERE ${scope} AND flags & ${FLAG.counted} <> 0 AND ts_ms >= 0 AND call_message IN (${moved})),
        (SELECT min(least(owner_ms, best_ms)) FROM calls WHERE ${scope} AND message IN (${moved})))::DOUBLE AS changed`,
    );
    return { ...now, changedMs: first?.changed ?? Number.POSITIVE_INFINITY };
  }

  async rows(after: number, upto: number, limit: number): Promise<FoldSlice> {
    for (;;) {
      const end = Math.min(upto, after + this.spanMs);
      const rows = await this.read(`ts_ms > ${after} AND ts_ms <= ${end} ORDER BY ts_ms, lake_offset LIMIT ${limit + 1}`);
      const [first, last] = [rows[0], rows.at(-1)];
      if (rows.length <= limit || first === undefined || last === undefined) {
        this.spanMs *= WIDER;
        if (rows.length === 0 && end < upto) continue;
        return { rows, upto: end };
      }
      this.spanMs = (last.ts - after) * ROOM + 1;
      // Of the last time there may be more.
      if (last.ts > first.ts) return { rows: rows.filter((row) => row.ts < last.ts), upto: last.ts - 1 };
      return { rows: await this.read(`ts_ms = ${first.ts} ORDER BY lake_offset`), upto: first.ts };
    }
  }

  calls(after: number, upto: number, before: readonly bigint[]): Promise<CallTime[]> {
    return callTimes(this.connection, this.session, after, upto, before, this.prices);
  }

  private async read(where: string): Promise<FoldRow[]> {
    const rows: FoldRow[] = [];
    const result = await this.connection.stream(`${this.select} ${where}`);
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const [offset, ts] = [fixedColumn(chunk, 0, Float64Array), fixedColumn(chunk, 1, Float64Array)];
      const [agent, flags, toldTools, toldError] = [fixedColumn(chunk, 2, Int32Array), fixedColumn(chunk, 3, Int32Array), fixedColumn(chunk, 6, Int32Array), fixedColumn(chunk, 7, Int32Array)];
      const [tools, results] = [textsOf(chunk, 4), textsOf(chunk, 5)];
      for (let i = 0; i < chunk.rowCount; i++) {
        rows.push({
          ts: ts[i] as number, offset: offset[i] as number, agent: agent[i] as number, flags: flags[i] as number,
          tools: parsed<ToolRef>(tools(i)).slice(toldTools[i]), results: parsed<ToolResultRef>(results(i)), toldError: toldError[i] !== 0,
        });
      }
    }
    return rows;
  }
}

function parsed<T>(json: string | null): readonly T[] {
  return json === null ? [] : (JSON.parse(json) as T[]);
}
