// The turns of a session: each begins with what a human typed and goes on to the next prompt of its file.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { ToolRef, ToolResultRef } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { Turns } from '../../core/time/turns.ts';
import { queryRows } from '../store/query.ts';
import { queryRowsInTurns } from '../store/rows-in-turns.ts';
import type { PricedModels } from '../spending/priced-models.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import { fixedColumn, textsOf } from '../store/vectors.ts';
import { spendingOfCall } from '../spending/spending.ts';
import type { CallRow } from '../spending/spending.ts';
import { BEYOND, TurnFigures, TurnGathering, TurnPlaces } from '../held/turn-figures.ts';
import type { Turn, TurnRange } from '../held/turn-figures.ts';
import { resultRowsSql } from './tool-results.ts';

const NO_ID = "'00000000-0000-0000-0000-000000000000'";

type TurnRow = Omit<Turn, 'text'> & { text_file: number; byte_offset: number; byte_length: number };

/** By time; an undated prompt comes first. `versions`: whether a row can be a newer version of another one. */
export async function readTurns(connection: DuckDBConnection, session: number, versions: boolean, { after, skip, limit }: TurnRange): Promise<Turn[]> {
  const rows = await queryRows<TurnRow>(
    connection,
    `SELECT begun_offset::DOUBLE AS lake_offset, coalesce(until, ${BEYOND})::DOUBLE AS until, begun_ms::DOUBLE AS ts_ms, begun_file AS file_ix, file_ix AS text_file, byte_offset::DOUBLE AS byte_offset, byte_length,
      coalesce(uuid_text, nullif(uuid::VARCHAR, ${NO_ID})) AS uuid
    FROM (SELECT *, lead(begun_offset) OVER (PARTITION BY begun_file ORDER BY begun_offset) AS until FROM (${versions ? rewrittenPrompts(session) : promptsSql(session)}))
    WHERE ${after === null ? 'true' : `(begun_ms, begun_offset) > (${after[0]}, ${after[1]})`} ORDER BY begun_ms, begun_offset LIMIT ${limit} OFFSET ${skip}`,
  );
  return rows.map(({ lake_offset, file_ix, until, ts_ms, uuid, text_file, byte_offset, byte_length }) => ({ lake_offset, file_ix, until, ts_ms, uuid, text: { file_ix: text_file, byte_offset, byte_length } }));
}

function promptsSql(session: number): string {
  return `SELECT *, lake_offset AS begun_offset, ts_ms AS begun_ms, file_ix AS begun_file FROM records WHERE session_ix = ${session} AND agent_ix = 0 AND flags & ${FLAG.prompt | FLAG.duplicate} = ${FLAG.prompt}`;
}

/** A prompt begins where it was first written, maybe without a text yet, and says what it was written as last. */
function rewrittenPrompts(session: number): string {
  const record = `uuid, CASE WHEN uuid = ${NO_ID} THEN lake_offset END`;
  return `SELECT * FROM (
      SELECT *, first_value(lake_offset) OVER versions AS begun_offset, first_value(ts_ms) OVER versions AS begun_ms, first_value(file_ix) OVER versions AS begun_file
      FROM records WHERE session_ix = ${session} AND agent_ix = 0 AND flags & ${FLAG.duplicate} = 0 WINDOW versions AS (PARTITION BY ${record} ORDER BY lake_offset)
    ) WHERE flags & ${FLAG.prompt} <> 0 QUALIFY row_number() OVER (PARTITION BY ${record} ORDER BY lake_offset DESC) = 1`;
}

/** The figures of each of these turns. `versions`: as of `readTurns`. */
export async function readFigures(connection: DuckDBConnection, session: number, versions: boolean, turns: readonly Turn[], prices: PricedModels, assistant: number): Promise<TurnFigures[]> {
  const figures = turns.map(() => new TurnFigures());
  if (turns.length === 0) return figures;
  const places = new TurnPlaces(turns, versions);
  const gathering = new TurnGathering(places, figures, assistant);
  await gatherRows(connection, session, versions, places, gathering);
  const unanswered = gathering.unanswered();
  if (unanswered.length > 0 && places.last < BEYOND) for (const { id, is_error } of await readLate(connection, session, unanswered, places.last)) gathering.addLate(id, is_error);
  const calls = await readCalls(connection, session, places);
  const working = new Turns();
  for (const call of calls) {
    if (working.isOver) await working.next();
    const turn = figures[places.find(call.file_ix, call.first_offset)];
    turn?.models.add(call.model_ix);
    turn?.spending.add(spendingOfCall(call, prices));
  }
  return figures;
}

/** A turn may have any number of rows, so they are read as columns. */
async function gatherRows(connection: DuckDBConnection, session: number, versions: boolean, places: TurnPlaces, gathering: TurnGathering): Promise<void> {
  const result = await connection.stream(
    `SELECT lake_offset::DOUBLE, ts_ms::DOUBLE, byte_offset::DOUBLE, file_ix, byte_length, flags::INTEGER, role_ix, tools, tool_results, ${versions ? `nullif(uuid::VARCHAR, ${NO_ID})` : 'NULL::VARCHAR'} FROM records
    WHERE session_ix = ${session} AND agent_ix = 0 AND lake_offset >= ${places.first} AND lake_offset < ${places.last} AND flags & ${FLAG.duplicate} = 0 ORDER BY lake_offset`,
  );
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [offset, ts, byte] = [0, 1, 2].map((column) => fixedColumn(chunk as NonNullable<typeof chunk>, column, Float64Array)) as [Float64Array, Float64Array, Float64Array];
    const [file, length, flags, role] = [3, 4, 5, 6].map((column) => fixedColumn(chunk as NonNullable<typeof chunk>, column, Int32Array)) as [Int32Array, Int32Array, Int32Array, Int32Array];
    const [tools, results, records] = [textsOf(chunk, 7), textsOf(chunk, 8), textsOf(chunk, 9)];
    for (let row = 0; row < chunk.rowCount; row++) {
      gathering.add({
        record: records(row), file_ix: file[row] as number, byte_offset: byte[row] as number, byte_length: length[row] as number, lake_offset: offset[row] as number,
        ts_ms: ts[row] as number, flags: flags[row] as number, role_ix: role[row] as number, tools: parsed<ToolRef>(tools(row)), results: parsed<ToolResultRef>(results(row)),
      });
    }
  }
}

/** The first result of each of these calls, from this offset on. */
function readLate(connection: DuckDBConnection, session: number, calls: readonly string[], from: number): Promise<{ id: string; is_error: boolean }[]> {
  return queryRows(
    connection,
    `SELECT id, arg_min(is_error, lake_offset) AS is_error FROM (${resultRowsSql('lake_offset', `session_ix = ${session} AND agent_ix = 0 AND lake_offset >= ${from}`)})
    WHERE id IN (SELECT unnest(json_extract_string(?::VARCHAR, '$[*]'))) GROUP BY id`,
    [JSON.stringify(calls)],
  );
}

function parsed<T>(json: string | null): readonly T[] {
  return json === null ? [] : (JSON.parse(json) as T[]);
}

interface TurnCall extends CallRow {
  /** Of the first of the call's lines on the main thread. */
  first_offset: number;
  file_ix: number;
}

/** The main thread's calls that have a line in these turns, wherever their first one is. */
function readCalls(connection: DuckDBConnection, session: number, { first, last }: TurnPlaces): Promise<TurnCall[]> {
  const lines = `session_ix = ${session} AND agent_ix = 0 AND flags & ${FLAG.counted} <> 0`;
  return queryRowsInTurns<TurnCall>(
    connection,
    `WITH told AS (
      SELECT call_message AS message, call_request AS request, min(lake_offset)::DOUBLE AS first_offset, arg_min(file_ix, lake_offset) AS file_ix FROM records
      WHERE ${lines} AND call_message IN (SELECT call_message FROM records WHERE ${lines} AND lake_offset >= ${first} AND lake_offset < ${last}) GROUP BY ALL
    ), newest AS (SELECT * FROM calls WHERE message IN (SELECT message FROM told) QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1)
    SELECT first_offset, file_ix, model_ix, tier_ix, best_ms::DOUBLE AS at_ms, CASE WHEN best_ms < 0 THEN -1 ELSE best_ms // ${QUARTER_HOUR_MS} END::INTEGER AS bucket, 1 AS calls, input::DOUBLE AS input, output::DOUBLE AS output,
      cache_creation::DOUBLE AS cache_creation, cache_read::DOUBLE AS cache_read, cache_creation_1h::DOUBLE AS cache_creation_1h, web_searches::DOUBLE AS web_searches
    FROM told JOIN newest USING (message, request) WHERE session_ix = ${session} AND agent_ix = 0`,
  );
}
