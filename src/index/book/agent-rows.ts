// What subagents did, a row for each agent of a session, the rows of a session in a chain.

import { Columns } from '../../core/columns/columns.ts';
import type { ActivityDelta } from '../rows/delta-sums.ts';
import type { AgentFacts } from './session-facts.ts';

export type Activity = Pick<ActivityDelta, 'records' | 'messages' | 'toolCalls' | 'errors' | 'bytes' | 'firstMs' | 'lastMs'>;

const SHAPE = { agent: Int32Array, records: Int32Array, messages: Int32Array, toolCalls: Int32Array, errors: Int32Array, firstMs: Float64Array, lastMs: Float64Array, before: Int32Array } as const;

export class AgentRows {
  private readonly columns = new Columns(SHAPE);
  private length = 1;

  /** `last`: the row that the chain of the session begins at, 0 for none. The one that it begins at from now on. */
  add(last: number, agent: number, { records, messages, toolCalls, errors, firstMs, lastMs }: Activity): number {
    const { of } = this.columns;
    let row = last;
    while (row !== 0 && of.agent[row] !== agent) row = of.before[row] as number;
    if (row === 0) return this.append(last, agent, { records, messages, toolCalls, errors, firstMs, lastMs });
    of.records[row] = (of.records[row] as number) + records;
    of.messages[row] = (of.messages[row] as number) + messages;
    of.toolCalls[row] = (of.toolCalls[row] as number) + toolCalls;
    of.errors[row] = (of.errors[row] as number) + errors;
    of.firstMs[row] = earlier(of.firstMs[row] as number, firstMs);
    of.lastMs[row] = Math.max(of.lastMs[row] as number, lastMs);
    return last;
  }

  of(last: number): AgentFacts[] {
    const { agent, records, messages, toolCalls, errors, firstMs, lastMs, before } = this.columns.of;
    const found: AgentFacts[] = [];
    for (let row = last; row !== 0; row = before[row] as number) {
      found.push({ ix: agent[row] as number, firstMs: timeOf(firstMs[row] as number), lastMs: timeOf(lastMs[row] as number), records: records[row] as number, messages: messages[row] as number, toolCalls: toolCalls[row] as number, errors: errors[row] as number });
    }
    return found.reverse();
  }

  private append(last: number, agent: number, activity: Omit<Activity, 'bytes'>): number {
    const row = this.length++;
    this.columns.reserve(row);
    const { of } = this.columns;
    of.agent[row] = agent;
    of.records[row] = activity.records;
    of.messages[row] = activity.messages;
    of.toolCalls[row] = activity.toolCalls;
    of.errors[row] = activity.errors;
    of.firstMs[row] = activity.firstMs;
    of.lastMs[row] = activity.lastMs;
    of.before[row] = last;
    return row;
  }
}

/** The first of two times, -1 for none. */
export function earlier(a: number, b: number): number {
  return a === -1 ? b : b === -1 ? a : Math.min(a, b);
}

export function timeOf(ms: number): number | null {
  return ms === -1 ? null : ms;
}
