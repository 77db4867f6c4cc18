// Reads what is known of lines that are no records and of records in which something is wrong, in plain statements.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { Reading } from '../follow/followed.ts';
import { queryRows } from '../store/query.ts';
import { queryRowsInTurns } from '../store/rows-in-turns.ts';
import { LAST_COMMIT_SQL } from '../store/schema.ts';
import { RejectPages } from './reject-pages.ts';
import type { RejectRow } from './reject-rows.ts';

interface CountRow {
  file_ix: number;
  session_ix: number;
  reason: string | null;
  lines: number;
}

/** In a transaction. `maxRows`: as there. */
export async function readRejects(connection: DuckDBConnection, maxRows: number): Promise<Reading<RejectPages>> {
  const [last] = await queryRows<{ seq: number }>(connection, `SELECT ${LAST_COMMIT_SQL} AS seq`);
  const held = new RejectPages(maxRows);
  for (const kept of [false, true]) {
    const rows = held.rows(kept);
    const counts = await queryRowsInTurns<CountRow>(connection, `SELECT file_ix, session_ix, reason, count(*)::DOUBLE AS lines FROM ${tableOf(kept)} GROUP BY ALL`);
    const lines = kept ? await queryRowsInTurns<CountRow>(connection, `SELECT file_ix, session_ix, NULL AS reason, count(DISTINCT lake_offset)::DOUBLE AS lines FROM ${tableOf(kept)} GROUP BY ALL`) : [];
    let all = 0;
    for (const { file_ix, session_ix, reason, lines: some } of [...counts, ...lines]) {
      held.counts.add(file_ix, session_ix, { reason, kept }, some);
      if (reason !== null) all += some;
    }
    // Many have the same few words.
    const texts = new Map<string, string>();
    const once = (text: string): string => texts.get(text) ?? (texts.set(text, text), text);
    for (const row of await queryRowsInTurns<RejectRow>(connection, `${rowsSql(kept, 'true')} LIMIT ${maxRows}`)) {
      rows.append({ ...row, reason: once(row.reason), detail: row.detail === null ? null : once(row.detail) });
    }
    rows.isWhole = all === rows.length;
  }
  return { held, seq: last?.seq ?? 0 };
}

/** Of `RejectRow`, in their order. */
export function rowsSql(kept: boolean, where: string): string {
  return `SELECT lake_offset::DOUBLE AS "offset", file_ix AS "fileIx", session_ix AS "sessionIx", line, byte_offset::DOUBLE AS "byteOffset", byte_length::DOUBLE AS "byteLength", reason,
    ${kept ? 'NULL::VARCHAR' : 'detail'} AS detail FROM ${tableOf(kept)} WHERE ${where} ORDER BY lake_offset, reason`;
}

function tableOf(kept: boolean): string {
  return kept ? 'oddities' : 'rejects';
}
