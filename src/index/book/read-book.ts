// Reads everything that a book of sessions holds: a few plain statements over the tables of sums, as planning
// one that joins them all takes several times longer than running these.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileEntry } from '../../core/file-entry.ts';
import { ARCHIVED_SQL } from '../store/merged-rows.ts';
import type { PricedModels } from '../spending/priced-models.ts';
import { extraCost, longCalls } from '../spending/spending.ts';
import { TITLES_SQL } from '../rows/titles.ts';
import type { Ask } from '../store/readers.ts';
import { LAST_COMMIT_SQL } from '../store/schema.ts';
import { fixedColumn } from '../store/vectors.ts';
import type { BookPages } from './book-pages.ts';
import type { ToolTable } from './tool-table.ts';

interface Of {
  session_ix: number;
}

interface ActivityRow extends Of {
  agent_ix: number;
  records: number;
  messages: number;
  tool_calls: number;
  errors: number;
  bytes: number;
  first_ms: number;
  last_ms: number;
}

interface CwdRow extends Of {
  cwd: string;
  at: number;
  line: number;
  last_cwd: string;
  last_at: number;
  last_line: number;
}

interface MarkRow extends Of {
  file_ix: number;
  state: FileEntry['state'];
  offset_bytes: number;
  modified_ms: number;
  archived: number;
}

/** `prices`: asked for once the rows are there. The number of the last commit that is in, and the lake's top then. */
export async function readBook(connection: DuckDBConnection, ask: Ask, prices: () => PricedModels, pages: BookPages): Promise<{ seq: number; top: number }> {
  const [state = { seq: 0, top: 0, sessions: 0 }] = await ask<{ seq: number; top: number; sessions: number }>(
    `SELECT ${LAST_COMMIT_SQL} AS seq, greatest((SELECT coalesce(max(lake_offset), 0) FROM records), (SELECT coalesce(max(lake_offset), 0) FROM rejects))::DOUBLE AS top,
      (SELECT coalesce(max(session_ix), 0) FROM sessions)::DOUBLE AS sessions`,
  );
  for (let session = 1; session <= state.sessions; session++) pages.begin(session);
  const activity = await ask<ActivityRow>(
    `SELECT session_ix, agent_ix, sum(records)::DOUBLE AS records, sum(messages)::DOUBLE AS messages, sum(tool_calls)::DOUBLE AS tool_calls, sum(errors)::DOUBLE AS errors, sum(bytes)::DOUBLE AS bytes,
      coalesce(min(first_ms) FILTER (first_ms >= 0), -1)::DOUBLE AS first_ms, max(last_ms)::DOUBLE AS last_ms
    FROM activity_deltas GROUP BY session_ix, agent_ix`,
  );
  for (const row of activity) pages.addActivity(row.session_ix, row.agent_ix, { records: row.records, messages: row.messages, toolCalls: row.tool_calls, errors: row.errors, bytes: row.bytes, firstMs: row.first_ms, lastMs: row.last_ms });
  const marks = await ask<MarkRow>(
    `SELECT file_ix, session_ix, state, offset_bytes, modified_ms, coalesce(archived, 0)::DOUBLE AS archived
    FROM file_sessions JOIN (SELECT file_ix, max_by(state, seq) AS state, max_by(offset_bytes, seq)::DOUBLE AS offset_bytes, max_by(modified_ms, seq)::DOUBLE AS modified_ms FROM file_marks GROUP BY file_ix) USING (file_ix)
      LEFT JOIN (${ARCHIVED_SQL}) USING (file_ix)`,
  );
  for (const { file_ix, session_ix, state: is, offset_bytes, modified_ms, archived } of marks) {
    pages.files.set(file_ix, { state: is, offset: offset_bytes, modifiedMs: modified_ms }, archived);
    pages.join(file_ix, session_ix);
  }
  for (const { session_ix: session, ...title } of await ask<Of & { at: number; rank: number; line: number; title: string }>(TITLES_SQL)) pages.addTitle({ ...title, session });
  const cwds = await ask<CwdRow>(
    `SELECT session_ix, min_by(cwd, told) AS cwd, min_by(at_ms, told)::DOUBLE AS at, min_by(line, told) AS line, max_by(cwd, told) AS last_cwd, max_by(at_ms, told)::DOUBLE AS last_at, max_by(line, told) AS last_line
    FROM (SELECT *, (at_ms, line, cwd) AS told FROM cwds) GROUP BY session_ix`,
  );
  for (const { session_ix: session, cwd, at, line, last_cwd, last_at, last_line } of cwds) pages.addCwds({ first: { session, cwd, at, line }, last: { session, cwd: last_cwd, at: last_at, line: last_line } });
  await readTools(connection, pages.tools);
  await readUsage(connection, prices, pages);
  return state;
}

async function readTools(connection: DuckDBConnection, table: ToolTable): Promise<void> {
  const result = await connection.stream('SELECT session_ix, tool_ix, bucket, sum(calls)::INTEGER, sum(CASE WHEN agent_ix = 0 THEN calls ELSE 0 END)::INTEGER FROM tool_deltas GROUP BY ALL HAVING sum(calls) <> 0 ORDER BY session_ix, bucket');
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const of = chunk;
    const [session, tool, bucket, calls, own] = [0, 1, 2, 3, 4].map((column) => fixedColumn(of, column, Int32Array)) as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
    for (let row = 0; row < chunk.rowCount; row++) table.append({ session: session[row] as number, tool: tool[row] as number, bucket: bucket[row] as number, calls: calls[row] as number, own: own[row] as number });
  }
}

async function readUsage(connection: DuckDBConnection, pricesNow: () => PricedModels, { usage: table, levels }: BookPages): Promise<void> {
  const result = await connection.stream(
    `SELECT session_ix, agent_ix, model_ix, tier_ix, bucket, sum(calls)::DOUBLE AS calls, sum(input)::DOUBLE, sum(output)::DOUBLE, sum(cache_creation)::DOUBLE, sum(cache_read)::DOUBLE,
      sum(cache_creation_1h)::DOUBLE, sum(web_searches)::DOUBLE FROM usage_deltas GROUP BY ALL HAVING sum(calls) <> 0 ORDER BY session_ix, bucket`,
  );
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const of = chunk;
    const [session, agent, model, tier, bucket] = [0, 1, 2, 3, 4].map((column) => fixedColumn(of, column, Int32Array)) as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
    const sums = [5, 6, 7, 8, 9, 10, 11].map((column) => fixedColumn(of, column, Float64Array));
    for (let row = 0; row < chunk.rowCount; row++) {
      table.append(
        { session: session[row] as number, agent: agent[row] as number, model: model[row] as number, tier: tier[row] as number, bucket: bucket[row] as number },
        sums.map((column) => column[row] as number) as [number, number, number, number, number, number, number],
      );
    }
  }
  const prices = pricesNow();
  const models = new Set(table.model.subarray(0, table.length));
  for (const call of await longCalls<{ session_ix: number; agent_ix: number }>(connection, prices, ['session_ix', 'agent_ix'], 'true', models)) {
    const row = table.find({ session: call.session_ix, agent: call.agent_ix, model: call.model_ix, tier: call.tier_ix, bucket: Number(call.bucket) });
    if (row !== undefined) table.addExtra(row, extraCost(call, prices));
  }
  for (let row = 0; row < table.length; row++) {
    table.price(row, prices);
    levels.change(table, row, 1);
  }
}
