// How many records, messages, tool calls and errors a session that is held has: what the sums kept at commit say.

import { FLAG } from '../../core/scan-batch.ts';
import type { SessionRows } from './session-rows.ts';

export const COUNTED = ['records', 'messages', 'tool_calls', 'errors'] as const;

/** `own_…`: of the main thread. Times are milliseconds. */
export type SessionCounts = Record<(typeof COUNTED)[number] | `own_${(typeof COUNTED)[number]}`, number> & { first_ms: number | null; last_ms: number | null; subagents: number };

export interface ToolCount {
  name: string;
  calls: number;
  /** On the main thread. */
  own: number;
}

/** Not of a session whose records may have newer versions: what of those was counted, only the commit knew. */
export function heldCounts({ columns, rows }: SessionRows): { counts: SessionCounts; tools: ToolCount[] } {
  const { integers: { agent_ix: agents, flags }, doubles: { ts_ms: ts } } = columns;
  const counts: SessionCounts = { records: 0, own_records: 0, messages: 0, own_messages: 0, tool_calls: 0, own_tool_calls: 0, errors: 0, own_errors: 0, first_ms: null, last_ms: null, subagents: 0 };
  const subagents = new Set<number>();
  const tools = new Map<string, ToolCount>();
  for (let at = 0; at < rows; at++) {
    const [agent, flag, ms] = [agents[at] as number, flags[at] as number, ts[at] as number];
    if (agent > 0) subagents.add(agent);
    if ((flag & FLAG.duplicate) !== 0) continue;
    const called = columns.tools(at);
    add(counts, agent === 0, { records: 1, messages: (flag & FLAG.message) === 0 ? 0 : 1, tool_calls: called.length, errors: (flag & FLAG.error) === 0 ? 0 : 1 });
    for (const { name } of called) {
      const tool = tools.get(name) ?? { name, calls: 0, own: 0 };
      tools.set(name, tool);
      tool.calls += 1;
      if (agent === 0) tool.own += 1;
    }
    if (ms < 0) continue;
    counts.first_ms = Math.min(counts.first_ms ?? ms, ms);
    counts.last_ms = Math.max(counts.last_ms ?? ms, ms);
  }
  counts.subagents = subagents.size;
  return { counts, tools: [...tools.values()] };
}

function add(counts: SessionCounts, onMain: boolean, more: Record<(typeof COUNTED)[number], number>): void {
  for (const name of COUNTED) {
    counts[name] += more[name];
    if (onMain) counts[`own_${name}`] += more[name];
  }
}
