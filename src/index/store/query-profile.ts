// The statements of the questions that were asked, run again under EXPLAIN ANALYZE: what each takes, where,
// and what could be done about it.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { ExplainedQuery } from '../../core/answers/diagnostics.ts';
import { queryRows } from './query.ts';
import type { Statement } from './query-log.ts';
import type { ReaderPool } from './reader-pool.ts';

const SQL_SHOWN = 4000;
const OPERATORS_SHOWN = 5;
/** What a question may take; a list, a page and a tree are to be answered in this time. */
const SLOW_MS = 15;
const SCAN_WASTE = 1000;

interface Operator {
  operator_name?: string;
  operator_timing?: number;
  operator_cardinality?: number;
  operator_rows_scanned?: number;
  children?: Operator[];
}

type Profile = Operator & { latency?: number };

/** One after the other: beside each other they would measure each other. A statement that fails is left out. */
export async function explainQueries(readers: ReaderPool): Promise<ExplainedQuery[]> {
  const explained: ExplainedQuery[] = [];
  for (const statement of readers.log.named) {
    const profile = await readers.use((connection) => profileOf(connection, statement)).catch(() => null);
    if (profile !== null) explained.push(explain(statement, profile));
  }
  return explained.toSorted((a, b) => b.ms - a.ms);
}

async function profileOf(connection: DuckDBConnection, { sql, values }: Statement): Promise<Profile> {
  const [row] = await queryRows<{ explain_value: string }>(connection, `EXPLAIN (ANALYZE, FORMAT json) ${sql}`, values);
  return JSON.parse(row?.explain_value ?? '{}') as Profile;
}

function explain({ name, sql, ms: lastMs }: Statement, profile: Profile): ExplainedQuery {
  const operators = operatorsOf(profile);
  const ms = milliseconds(profile.latency);
  const scanned = operators.reduce((sum, { operator }) => sum + (operator.operator_rows_scanned ?? 0), 0);
  // Below the operator that does the explaining.
  const returned = profile.children?.[0]?.children?.[0]?.operator_cardinality ?? 0;
  const costliest = operators.toSorted((a, b) => b.ms - a.ms).slice(0, OPERATORS_SHOWN);
  return {
    operation: name ?? 'none', last_ms: Math.round(lastMs * 1000) / 1000, ms, rows_scanned: scanned, rows_returned: returned,
    operators: costliest.map(({ operator, ms: took }) => ({ name: nameOf(operator), ms: took, rows: operator.operator_cardinality ?? 0 })),
    advice: adviceOn(ms, scanned, returned, costliest[0]),
    sql: sql.slice(0, SQL_SHOWN),
  };
}

function operatorsOf(operator: Operator): { operator: Operator; ms: number }[] {
  const own = operator.operator_name === undefined ? [] : [{ operator, ms: milliseconds(operator.operator_timing) }];
  return [...own, ...(operator.children ?? []).flatMap(operatorsOf)];
}

function adviceOn(ms: number, scanned: number, returned: number, costliest: { operator: Operator; ms: number } | undefined): string[] {
  const advice: string[] = [];
  if (ms > SLOW_MS) advice.push(`Takes ${ms.toFixed(1)} ms, more than the ${SLOW_MS} ms that an answer may.`);
  if (ms > SLOW_MS && costliest !== undefined && costliest.ms > ms / 2) advice.push(`Most of it in ${nameOf(costliest.operator)}: look there first.`);
  if (scanned > SCAN_WASTE * Math.max(1, returned) && scanned > 100_000) advice.push(`Reads ${scanned} rows for ${returned}: push the filter into the scan, or keep a sum.`);
  return advice;
}

function nameOf({ operator_name: name }: Operator): string {
  return (name ?? '').trim();
}

/** Of DuckDB's seconds. */
function milliseconds(seconds: number | undefined): number {
  return Math.round((seconds ?? 0) * 1e6) / 1000;
}
