// Sidecars as the index remembers them.

import { listValue } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Sidecar, SidecarMark } from '../../core/sidecar.ts';
import { queryRows } from '../store/query.ts';
import type { Readers } from '../store/readers.ts';

/** Of each path the newest. */
export function sidecarsNow(table = 'sidecars'): string {
  return `(SELECT * FROM ${table} QUALIFY row_number() OVER (PARTITION BY root, path ORDER BY seq DESC) = 1)`;
}

export async function readSidecars(connection: DuckDBConnection): Promise<SidecarMark[]> {
  const rows = await queryRows<{ root: string; path: string; size: number; modified_ms: number }>(
    connection, `SELECT root, path, size_bytes::DOUBLE AS size, modified_ms::DOUBLE AS modified_ms FROM ${sidecarsNow()}`,
  );
  return rows.map(({ root, path, size, modified_ms: modifiedMs }) => ({ root, path, size, modifiedMs }));
}

/** Those of these agents. */
export function sidecarsOf(readers: Readers, source: string, agents: readonly string[]): Promise<Sidecar[]> {
  return readers.rows<Sidecar>(
    `SELECT source, root, path, size_bytes::DOUBLE AS size, modified_ms::DOUBLE AS "modifiedMs", session, agent, tool_use_id AS "toolUseId", agent_type AS "agentType", description
    FROM ${sidecarsNow()} WHERE source = ? AND list_contains(?, agent) ORDER BY root, path`,
    [source, listValue([...agents])],
  );
}
