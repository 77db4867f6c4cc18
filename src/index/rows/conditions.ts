// Filters as SQL conditions with bound values. Names become numbers first; a name the lake has never
// seen matches nothing.

import type { DuckDBValue } from '@duckdb/node-api';
import type { DimensionFilter, RecordFilter } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { Directories } from '../names/directories.ts';

export class Conditions {
  readonly values: DuckDBValue[] = [];
  private readonly parts: string[] = [];

  add(sql: string, ...values: DuckDBValue[]): this {
    this.parts.push(sql);
    this.values.push(...values);
    return this;
  }

  /** Whole numbers need no binding. */
  equals(column: string, value: number): this {
    return this.add(`${column} = ${value}`);
  }

  in(column: string, values: readonly number[]): this {
    return this.add(values.length === 0 ? 'false' : `${column} IN (${values.join(',')})`);
  }

  get sql(): string {
    return this.parts.length === 0 ? 'true' : this.parts.join(' AND ');
  }
}

/** Conditions on the `records` table. */
export function recordConditions(filter: RecordFilter, duplicates: boolean, names: Directories): Conditions {
  const where = new Conditions();
  if (!duplicates) where.add(`flags & ${FLAG.duplicate} = 0`);
  addSession(where, filter, names);
  const known = (texts: readonly string[]): number[] => texts.map((text) => names.strings.find(text)).filter((ix) => ix !== undefined);
  if (filter.types !== undefined) where.in('type_ix', known(filter.types));
  if (filter.role !== undefined) where.in('role_ix', known([filter.role]));
  if (filter.model !== undefined) where.in('model_ix', known([filter.model]));
  if (filter.withRole === true) where.add('role_ix <> 0');
  if (filter.tools !== undefined) where.add(filter.tools.map(() => 'contains(tools, ?)').join(' OR ').replace(/^(.*)$/, '($1)'), ...filter.tools.map(toolNeedle));
  if (filter.agent === null) where.equals('agent_ix', 0);
  else if (filter.agent !== undefined) where.in('agent_ix', agentNumbers(filter.agent, filter.session, names));
  if (filter.isError !== undefined) where.add(`(flags & ${FLAG.error} <> 0) = ${filter.isError}`);
  if (filter.dimension !== undefined) withDimension(where, filter.dimension, names);
  if (filter.live === true) where.add(`flags & ${FLAG.live} <> 0`);
  if (filter.sinceMs !== undefined) where.add(`ts_ms >= ${Math.trunc(filter.sinceMs)}`);
  if (filter.untilMs !== undefined) where.add('ts_ms < ? AND ts_ms >= 0', Math.trunc(filter.untilMs));
  return where;
}

/** On rows that have a lake offset. */
export function withDimension(where: Conditions, { name, value }: DimensionFilter, names: Directories): Conditions {
  return where.add(`lake_offset IN (SELECT lake_offset FROM dimensions WHERE name_ix = ${names.strings.find(name) ?? -1} AND value = ?)`, value);
}

/** True where lines that are no records can be among the answers. */
export function matchesRejects(filter: RecordFilter): boolean {
  const { session: _s, project: _p, source: _c, file: _f, ...rest } = filter;
  return Object.values(rest).every((value) => value === undefined);
}

export function rejectConditions(filter: RecordFilter, names: Directories): Conditions {
  const where = new Conditions();
  addSession(where, filter, names);
  return where;
}

function addSession(where: Conditions, filter: RecordFilter, names: Directories): void {
  if (filter.session !== undefined) where.in('session_ix', numbers(names.sessions.ixOfId(filter.session)));
  if (filter.project !== undefined) where.add('session_ix IN (SELECT session_ix FROM sessions WHERE project = ?)', filter.project);
  if (filter.source !== undefined) where.add('session_ix IN (SELECT session_ix FROM sessions WHERE source = ?)', filter.source);
  if (filter.file !== undefined) where.equals('file_ix', filter.file);
}

function agentNumbers(agent: string, session: string | undefined, names: Directories): number[] {
  const sessionIx = session === undefined ? undefined : names.sessions.ixOfId(session);
  if (session !== undefined) return sessionIx === undefined ? [] : numbers(names.agents.find(sessionIx, agent));
  return names.agents.withId(agent);
}

function numbers(ix: number | undefined): number[] {
  return ix === undefined ? [] : [ix];
}

/** Exact, because the column is this program's own canonical JSON. */
export function toolNeedle(name: string): string {
  return `"name":${JSON.stringify(name)}}`;
}
