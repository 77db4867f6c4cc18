// Subagents of a session, and the tree they make. An agent's parent is the agent whose line told of its
// start; one whose start nobody told hangs from the session. An agent that was only heard of (a fork
// repeats its parent's tool results) is none of this session's.

import { decodeCursor } from '../../core/cursor.ts';
import type { AgentItem, AgentNode, Page } from '../../core/items.ts';
import type { PageRequest } from '../../core/questions.ts';
import { shownCost } from '../../core/price-book.ts';
import type { Usage } from '../../core/record.ts';
import { isoOrNull } from '../../core/time.ts';
import type { Directories } from '../commit-rows.ts';
import type { SessionName } from '../directories.ts';
import type { LakeRates, RateTable } from '../rates.ts';
import type { Readers } from '../readers.ts';
import { linksSql } from './links.ts';
import { pageOf } from './page.ts';
import { modelNames, sessionAt } from './sessions.ts';
import { costSumsSql, costUsd, longCallsSql, spendSql } from './spend.ts';
import type { CostSums } from './spend.ts';
import { usageOf, usageSumsSql } from './usage.ts';
import type { UsageSums } from './usage.ts';

interface AgentRow extends UsageSums, CostSums {
  agent_ix: number;
  id: string;
  tool_use_id: string | null;
  rule: string | null;
  parent_agent_ix: number | null;
  agent_type: string | null;
  description: string | null;
  messages: number | null;
  tool_calls: number | null;
  errors: number | null;
  first_ms: number | null;
  last_ms: number | null;
  models: { items: readonly number[] } | null;
}

function agentsSql(session: SessionName, rates: RateTable): string {
  const scope = `session_ix = ${session.ix}`;
  const ofAgents = `${scope} AND agent_ix > 0`;
  const spend = spendSql({ rates, keys: ['agent_ix', 'model_ix'], usage: 'usage_deltas', calls: longCallsSql(rates, ofAgents), where: ofAgents });
  return `WITH ${linksSql(session)}, activity AS (
    SELECT agent_ix, sum(messages)::DOUBLE AS messages, sum(tool_calls)::DOUBLE AS tool_calls, sum(errors)::DOUBLE AS errors,
      (min(first_ms) FILTER (first_ms >= 0))::DOUBLE AS first_ms, (max(last_ms) FILTER (last_ms >= 0))::DOUBLE AS last_ms
    FROM activity_deltas WHERE ${scope} AND agent_ix > 0 GROUP BY agent_ix
  ), usage AS (
    SELECT agent_ix, ${usageSumsSql()}, ${costSumsSql()}, list(DISTINCT model_ix) FILTER (model_ix > 0 AND calls > 0) AS models FROM ${spend} GROUP BY agent_ix
  )
  SELECT l.*, a.* EXCLUDE (agent_ix), u.* EXCLUDE (agent_ix) FROM links l JOIN activity a USING (agent_ix) LEFT JOIN usage u USING (agent_ix)`;
}

const START = 'coalesce(first_ms, 8640000000000000)';

export interface AgentParts {
  readers: Readers;
  names: Directories;
  rates: LakeRates;
}

export async function listAgents({ readers, names, rates }: AgentParts, sessionIx: number, page: PageRequest): Promise<Page<AgentItem>> {
  const of = sessionAt(names, sessionIx);
  const session = of.id;
  const rows = await readers.rows<AgentRow>(`${agentsSql(of, await rates.current())} ORDER BY ${START}, l.id`);
  const rollups = new Rollups(rows);
  const key = (row: AgentRow): (string | number)[] => [row.first_ms ?? 8_640_000_000_000_000, row.id];
  const from = page.cursor === undefined ? 0 : rows.findIndex((row) => isAfter(key(row), decodeCursor(`subagents:${session}`, page.cursor as string)));
  return pageOf(`subagents:${session}`, from === -1 ? [] : rows.slice(from), page.limit, (row) => agentItem(row, session, names, rollups), key);
}

export async function agentTree({ readers, names, rates }: AgentParts, sessionIx: number): Promise<AgentNode[]> {
  const of = sessionAt(names, sessionIx);
  const session = of.id;
  const rows = await readers.rows<AgentRow>(`${agentsSql(of, await rates.current())} ORDER BY ${START}, l.id`);
  const rollups = new Rollups(rows);
  const nodes = new Map(rows.map((row) => [row.agent_ix, { ...agentItem(row, session, names, rollups), children: [] as AgentNode[] }]));
  const roots: AgentNode[] = [];
  for (const row of rows) {
    const node = nodes.get(row.agent_ix) as AgentNode;
    const parent = rollups.parentOf(row.agent_ix);
    if (parent === 0) roots.push(node);
    else nodes.get(parent)?.children.push(node);
  }
  return roots;
}

function isAfter(key: (string | number)[], cursor: readonly (string | number | null)[]): boolean {
  const [at, id] = key as [number, string];
  return at > Number(cursor[0]) || (at === Number(cursor[0]) && id > String(cursor[1]));
}

/** Sums with all descendants. A cycle of parents, which broken logs can state, is cut where it closes. */
class Rollups {
  private readonly parents = new Map<number, number>();
  private readonly sums = new Map<number, Spend>();

  constructor(rows: readonly AgentRow[]) {
    const known = new Set(rows.map((row) => row.agent_ix));
    for (const row of rows) this.parents.set(row.agent_ix, known.has(row.parent_agent_ix ?? 0) ? (row.parent_agent_ix ?? 0) : 0);
    for (const row of rows) if (this.closesCycle(row.agent_ix)) this.parents.set(row.agent_ix, 0);
    for (const row of rows) this.sums.set(row.agent_ix, spendOf(row));
    for (const row of rows) {
      const own = spendOf(row);
      for (let at = this.parentOf(row.agent_ix); at !== 0; at = this.parentOf(at)) addTo(this.sums.get(at) as Spend, own);
    }
  }

  /** 0: the main thread, or not known. */
  parentOf(agentIx: number): number {
    return this.parents.get(agentIx) ?? 0;
  }

  of(agentIx: number): Spend {
    return this.sums.get(agentIx) as Spend;
  }

  private closesCycle(start: number): boolean {
    const seen = new Set([start]);
    for (let at = this.parentOf(start); at !== 0; at = this.parentOf(at)) {
      if (at === start) return true;
      if (seen.has(at)) return false;
      seen.add(at);
    }
    return false;
  }
}

interface Spend {
  usage: Usage;
  calls: number;
  cost: bigint;
  unpriced: number;
}

function spendOf(row: AgentRow): Spend {
  return { usage: usageOf(row), calls: row.calls ?? 0, cost: row.cost ?? 0n, unpriced: row.unpriced ?? 0 };
}

function addTo(sum: Spend, own: Spend): void {
  for (const name of ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'] as const) sum.usage[name] += own.usage[name];
  sum.calls += own.calls;
  sum.cost += own.cost;
  sum.unpriced += own.unpriced;
}

function agentItem(row: AgentRow, session: string, names: Directories, rollups: Rollups): AgentItem {
  const parent = rollups.parentOf(row.agent_ix);
  const rollup = rollups.of(row.agent_ix);
  return {
    id: row.id,
    session_id: session,
    parent_agent_id: parent === 0 ? null : names.agents.idOf(parent),
    tool_use_id: row.tool_use_id,
    link: row.rule,
    type: row.agent_type,
    description: row.description,
    started_at: isoOrNull(row.first_ms),
    last_activity: isoOrNull(row.last_ms),
    models: modelNames(row.models?.items ?? [], names),
    message_count: row.messages ?? 0,
    tool_call_count: row.tool_calls ?? 0,
    error_count: row.errors ?? 0,
    usage: usageOf(row),
    usage_rollup: rollup.usage,
    calls: row.calls ?? 0,
    cost_usd: costUsd(row),
    cost_rollup_usd: shownCost(rollup.cost, rollup.calls, rollup.unpriced),
    unpriced_calls: rollup.unpriced,
  };
}
