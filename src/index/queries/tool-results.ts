// What became of tool calls: their results.

import { FLAG } from '../../core/scan-batch.ts';
import type { SessionRows } from '../held/session-rows.ts';
import type { Readers } from '../store/readers.ts';

export interface ToolResultRow {
  agent_ix: number;
  id: string;
  is_error: boolean;
  lake_offset: number;
  ts_ms: number;
  file_ix: number;
  byte_offset: number;
  byte_length: number;
}

interface Call {
  id: string | null;
  agent_ix: number;
}

/** One row a result of a session's tool calls. */
export function resultRowsSql(columns: string, where: string): string {
  return `SELECT ${columns}, unnest(json_extract_string(tool_results, '$[*].id')) AS id, unnest(json_extract_string(tool_results, '$[*].is_error')) = 'true' AS is_error
    FROM records WHERE tool_results IS NOT NULL AND flags & ${FLAG.duplicate} = 0 AND ${where}`;
}

/** What a result and its call have in common: a copied history has the same ids in another thread. */
export function callKey(agent: number, id: string): string {
  return `${agent}/${id}`;
}

/** The first result of each call, by the call's key. `newest`: which versions of records count. */
export async function resultsOf(readers: Readers, session: number, calls: readonly Call[], newest: string): Promise<Map<string, ToolResultRow>> {
  const ids = idsOf(calls);
  if (ids.length === 0) return new Map();
  const agents = [...new Set(calls.map((call) => call.agent_ix))];
  const rows = await readers.rows<ToolResultRow>(
    `SELECT * FROM (${resultRowsSql('agent_ix, lake_offset::DOUBLE AS lake_offset, ts_ms::DOUBLE AS ts_ms, file_ix, byte_offset::DOUBLE AS byte_offset, byte_length', `session_ix = ${session} AND agent_ix IN (${agents.join(',')}) AND ${newest}`)})
    WHERE id IN (${ids.map(() => '?').join(',')}) QUALIFY row_number() OVER (PARTITION BY agent_ix, id ORDER BY lake_offset) = 1`,
    ids,
  );
  return new Map(rows.map((row) => [callKey(row.agent_ix, row.id), row]));
}

/** The same, of a session that is held. */
export function heldResults(held: SessionRows, calls: readonly Call[]): Map<string, ToolResultRow> {
  const { doubles, integers } = held.columns;
  const found = new Map<string, ToolResultRow>();
  for (const { id, agent_ix: agent } of calls) {
    if (id === null || found.has(callKey(agent, id))) continue;
    const result = held.resultsFor(id).find(({ at }) => integers.agent_ix[at] === agent && !held.isReplaced(at));
    if (result === undefined) continue;
    const { at, isError } = result;
    found.set(callKey(agent, id), {
      agent_ix: agent, id, is_error: isError, lake_offset: doubles.lake_offset[at] as number, ts_ms: doubles.ts_ms[at] as number,
      file_ix: integers.file_ix[at] as number, byte_offset: doubles.byte_offset[at] as number, byte_length: integers.byte_length[at] as number,
    });
  }
  return found;
}

function idsOf(calls: readonly Call[]): string[] {
  return [...new Set(calls.map((call) => call.id).filter((id) => id !== null))];
}
