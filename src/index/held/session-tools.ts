// The tools of a session that is held: the same as the statement of queries/tools.ts.

import { FLAG } from '../../core/scan-batch.ts';
import type { HeldResult, SessionRows } from './session-rows.ts';

/** Calls of one tool; `own_…`: of the main thread. Times are milliseconds. */
export interface ToolRow {
  name: string;
  calls: number;
  own_calls: number;
  errors: number;
  own_errors: number;
  open: number;
  own_open: number;
  p50: number | null;
  longest: number | null;
  whole: number | null;
  first_ms: number | null;
  last_ms: number | null;
}

interface ToolSums {
  row: ToolRow;
  took: number[];
}

/** Most calls first. */
export function heldTools(held: SessionRows): ToolRow[] {
  const { integers: { agent_ix: agents }, doubles: { ts_ms: ts } } = held.columns;
  const tools = new Map<string, ToolSums>();
  for (const at of held.columns.refs.tools.keys()) {
    if (held.has(at, FLAG.duplicate) || held.isReplaced(at)) continue;
    const [agent, ms] = [agents[at] as number, ts[at] as number];
    for (const { id, name } of held.columns.tools(at)) {
      const result = id === null ? undefined : held.resultsFor(id).find((one) => agents[one.at] === agent && !held.isReplaced(one.at));
      addCall(toolOf(tools, name), agent === 0, ms, result, result === undefined ? -1 : (ts[result.at] as number));
    }
  }
  return [...tools.values()].map(({ row, took }) => withTimes(row, took)).toSorted((a, b) => b.calls - a.calls || (a.name < b.name ? -1 : 1));
}

function toolOf(tools: Map<string, ToolSums>, name: string): ToolSums {
  let tool = tools.get(name);
  if (tool === undefined) {
    tool = { row: { name, calls: 0, own_calls: 0, errors: 0, own_errors: 0, open: 0, own_open: 0, p50: null, longest: null, whole: null, first_ms: null, last_ms: null }, took: [] };
    tools.set(name, tool);
  }
  return tool;
}

function addCall({ row, took }: ToolSums, onMain: boolean, calledMs: number, result: HeldResult | undefined, endedMs: number): void {
  const own = onMain ? 1 : 0;
  row.calls += 1;
  row.own_calls += own;
  if (result === undefined) {
    row.open += 1;
    row.own_open += own;
  } else if (result.isError) {
    row.errors += 1;
    row.own_errors += own;
  }
  if (calledMs < 0) return;
  row.first_ms = Math.min(row.first_ms ?? calledMs, calledMs);
  row.last_ms = Math.max(row.last_ms ?? calledMs, calledMs);
  if (endedMs >= 0) took.push(Math.max(0, endedMs - calledMs));
}

/** The median is one of the times: of two in the middle the shorter. */
function withTimes(row: ToolRow, took: number[]): ToolRow {
  if (took.length === 0) return row;
  took.sort((a, b) => a - b);
  return { ...row, p50: took[(took.length - 1) >> 1] as number, longest: took.at(-1) as number, whole: took.reduce((sum, ms) => sum + ms, 0) };
}
