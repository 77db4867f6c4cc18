// Which subagents had begun at a time, and which of them still ran. One runs while the tool call that started
// it has no result. Where that has one, or is not known, the agent may go on in the background: then it runs
// as long as it wrote lately, and later than the result came.

import type { DuckDBConnection } from '@duckdb/node-api';
import { FLAG } from '../../core/scan-batch.ts';
import { queryRows } from '../store/query.ts';
import type { AgentTimes, WroteLately } from '../held/agent-times.ts';
import type { AgentLink } from '../links/link-agents.ts';
import { resultRowsSql } from './tool-results.ts';

/** Quiet for longer, an agent in the background is taken to have ended. */
const QUIET_MS = 5 * 60_000;

export interface RunningAgent extends AgentLink {
  first_ms: number;
}

export interface BegunAgents {
  count: number;
  /** In the order in which they began. */
  running: RunningAgent[];
}

/** `open`: ids of the tool calls without a result then. */
export async function readBegun(times: AgentTimes, atMs: number, open: ReadonlySet<string>, links: readonly AgentLink[]): Promise<BegunAgents> {
  if (links.length === 0) return { count: 0, running: [] };
  const begun = new Map([...(await times.lately(atMs - QUIET_MS, atMs))].filter(([, { first_ms: first }]) => first <= atMs));
  const isOpen = ({ tool_use_id: call }: AgentLink): boolean => call !== null && open.has(call);
  const doubtful = links.filter((link) => !isOpen(link) && (begun.get(link.agent_ix)?.wrote_ms ?? null) !== null);
  const calls = doubtful.map((agent) => agent.tool_use_id).filter((id) => id !== null);
  const ended = calls.length === 0 ? new Map<string, number>() : await times.ended(calls, atMs - QUIET_MS, atMs);
  const goesOn = new Set(doubtful.filter(({ agent_ix, tool_use_id: call }) => (begun.get(agent_ix)?.wrote_ms ?? -1) > (call === null ? -1 : (ended.get(call) ?? -1))));
  const running = links.flatMap((link) => {
    const known = begun.get(link.agent_ix);
    return known !== undefined && (isOpen(link) || goesOn.has(link)) ? [{ ...link, first_ms: known.first_ms }] : [];
  });
  return { count: begun.size, running: running.toSorted((a, b) => a.first_ms - b.first_ms || (a.id < b.id ? -1 : 1)) };
}

/** As the database tells it. */
export class StoredAgentTimes implements AgentTimes {
  private readonly connection: DuckDBConnection;
  private readonly scope: string;

  constructor(connection: DuckDBConnection, session: number) {
    this.connection = connection;
    this.scope = `session_ix = ${session}`;
  }

  async lately(after: number, upto: number): Promise<Map<number, WroteLately>> {
    const rows = await queryRows<WroteLately & { agent_ix: number }>(
      this.connection,
      `SELECT agent_ix, first_ms::DOUBLE AS first_ms, wrote_ms::DOUBLE AS wrote_ms FROM (SELECT agent_ix, min(first_ms) AS first_ms FROM activity_deltas WHERE ${this.scope} AND agent_ix > 0 AND first_ms >= 0 GROUP BY agent_ix)
        LEFT JOIN (SELECT agent_ix, max(ts_ms) AS wrote_ms FROM records WHERE ${this.within(after, upto)} AND agent_ix > 0 AND flags & ${FLAG.duplicate} = 0 GROUP BY agent_ix) USING (agent_ix)`,
    );
    return new Map(rows.map((row) => [row.agent_ix, row]));
  }

  async ended(calls: readonly string[], after: number, upto: number): Promise<Map<string, number>> {
    const rows = await queryRows<{ id: string; ended_ms: number }>(
      this.connection,
      `SELECT id, min(ts_ms)::DOUBLE AS ended_ms FROM (${resultRowsSql('ts_ms', this.within(after, upto))}) WHERE id IN (${calls.map(() => '?').join(',')}) GROUP BY id`,
      [...calls],
    );
    return new Map(rows.map((row) => [row.id, row.ended_ms]));
  }

  private within(after: number, upto: number): string {
    return `${this.scope} AND ts_ms > ${after} AND ts_ms <= ${upto}`;
  }
}
