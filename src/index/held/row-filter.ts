// A filter on the held rows of one session: the same as `recordConditions` says in SQL.

import type { RecordFilter } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { Directories } from '../names/directories.ts';
import { toolNeedle } from '../rows/conditions.ts';
import type { SessionRows } from './session-rows.ts';

export type RowFilter = (at: number) => boolean;

/** Null where the filter asks for what rows do not hold. */
export function rowFilter(held: SessionRows, session: number, filter: RecordFilter, duplicates: boolean, names: Directories): RowFilter | null {
  if (filter.dimension !== undefined) return null;
  const { project, source } = names.sessions.at(session) ?? {};
  if ((filter.project ?? project) !== project || (filter.source ?? source) !== source) return () => false;
  const tests: RowFilter[] = [];
  const { integers, doubles: { ts_ms: ts }, refs } = held.columns;
  const among = (column: Int32Array, texts: readonly string[]): void => {
    const known = new Set(texts.map((text) => names.strings.find(text)));
    tests.push((at) => known.has(column[at]));
  };
  if (!duplicates) tests.push((at) => !held.has(at, FLAG.duplicate) && !held.isReplaced(at));
  if (filter.file !== undefined) tests.push((at) => integers.file_ix[at] === filter.file);
  if (filter.types !== undefined) among(integers.type_ix, filter.types);
  if (filter.role !== undefined) among(integers.role_ix, [filter.role]);
  if (filter.model !== undefined) among(integers.model_ix, [filter.model]);
  if (filter.withRole === true) tests.push((at) => integers.role_ix[at] !== 0);
  if (filter.tools !== undefined) {
    const needles = filter.tools.map(toolNeedle);
    tests.push((at) => needles.some((needle) => refs.tools.get(at)?.includes(needle) === true));
  }
  if (filter.agent !== undefined) {
    const agent = filter.agent === null ? 0 : names.agents.find(session, filter.agent);
    tests.push((at) => integers.agent_ix[at] === agent);
  }
  if (filter.isError !== undefined) tests.push((at) => held.has(at, FLAG.error) === filter.isError);
  if (filter.live === true) tests.push((at) => held.has(at, FLAG.live));
  const [since, until] = [filter.sinceMs === undefined ? null : Math.trunc(filter.sinceMs), filter.untilMs === undefined ? null : Math.trunc(filter.untilMs)];
  if (since !== null) tests.push((at) => (ts[at] as number) >= since);
  if (until !== null) tests.push((at) => (ts[at] as number) < until && (ts[at] as number) >= 0);
  return (at) => tests.every((test) => test(at));
}
