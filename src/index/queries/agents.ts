// Subagents of a session, and the tree they make. An agent's parent is the agent whose line told of its
// start; one whose start nobody told hangs from the session. An agent that was only heard of (a fork
// repeats its parent's tool results) is none of this session's.

import type { AgentItem } from '../../core/answers/agent-item.ts';
import { decodeCursor } from '../../core/answers/cursor.ts';
import { grouped } from '../../core/grouped.ts';
import type { Page } from '../../core/answers/page.ts';
import type { PageRequest } from '../../core/answers/questions.ts';
import type { AgentNode } from '../../core/answers/session-tree.ts';
import { isoOrNull } from '../../core/time/time.ts';
import { modelsOf, spendingOf } from '../book/session-facts.ts';
import type { Directories } from '../names/directories.ts';
import type { AgentLink } from '../links/link-agents.ts';
import { modelNames } from '../names/model-names.ts';
import { AgentParents } from './agent-parents.ts';
import { pageOf } from './page.ts';
import { sessionAt } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { Spending } from '../spending/spending.ts';

interface AgentFigures extends AgentLink {
  messages: number;
  tool_calls: number;
  errors: number;
  first_ms: number | null;
  last_ms: number | null;
  models: number[];
  own: Spending;
}

/** An agent without a time comes last. */
const UNDATED = 8_640_000_000_000_000;

/** Of several sessions, in the order in which they started. */
async function readAgents(parts: SessionParts, sessions: readonly number[]): Promise<AgentFigures[]> {
  const book = await parts.book.current();
  const known = sessions.map((ix) => book.session(ix)).filter((facts) => facts !== undefined);
  const links = await parts.links.ofAll(known.map(({ ix }) => sessionAt(parts.names, ix)));
  const agents = known.flatMap((facts) => {
    const byAgent = new Map(facts.agents.map((agent) => [agent.ix, agent]));
    const rows = grouped(book.usage.rowsOf(facts.ix), ({ agent }) => agent);
    return (links.get(facts.ix) ?? []).flatMap((link): AgentFigures[] => {
      const agent = byAgent.get(link.agent_ix);
      const own = rows.get(link.agent_ix) ?? [];
      return agent === undefined ? [] : [{ ...link, messages: agent.messages, tool_calls: agent.toolCalls, errors: agent.errors, first_ms: agent.firstMs, last_ms: agent.lastMs, models: [...modelsOf(own)], own: spendingOf(own) }];
    });
  });
  return agents.toSorted((a, b) => (a.first_ms ?? UNDATED) - (b.first_ms ?? UNDATED) || (a.id < b.id ? -1 : 1));
}

export async function listAgents(parts: SessionParts, sessionIx: number, page: PageRequest): Promise<Page<AgentItem>> {
  const session = sessionAt(parts.names, sessionIx).id;
  const rows = await readAgents(parts, [sessionIx]);
  const rollups = new Rollups(rows);
  const key = (row: AgentFigures): (string | number)[] => [row.first_ms ?? UNDATED, row.id];
  const after = page.cursor === undefined ? null : decodeCursor(`subagents:${session}`, page.cursor);
  const from = after === null ? 0 : rows.findIndex((row) => isAfter(key(row), after));
  return pageOf(`subagents:${session}`, from === -1 ? [] : rows.slice(from), page.limit, (row) => agentItem(row, session, parts.names, rollups), key);
}

/** `sessions`: how many agents of each are shown, the first ones. By session: each agent below the one that started it. */
export async function agentTrees(parts: SessionParts, sessions: ReadonlyMap<number, number>): Promise<Map<number, AgentNode[]>> {
  const found = grouped(await readAgents(parts, [...sessions.keys()]), (row) => row.session_ix);
  return new Map([...found].map(([session, rows]) => [session, treeOf(rows, sessions.get(session) ?? 0, session, parts.names)]));
}

/** An agent whose parent is not among those shown hangs from the session. */
function treeOf(rows: readonly AgentFigures[], max: number, sessionIx: number, names: Directories): AgentNode[] {
  const session = sessionAt(names, sessionIx).id;
  const rollups = new Rollups(rows);
  const shown = rows.slice(0, max);
  const nodes = new Map(shown.map((row) => [row.agent_ix, { ...agentItem(row, session, names, rollups), children: [] as AgentNode[] }]));
  const roots: AgentNode[] = [];
  for (const row of shown) (nodes.get(rollups.parents.of(row.agent_ix))?.children ?? roots).push(nodes.get(row.agent_ix) as AgentNode);
  return roots;
}

function isAfter(key: (string | number)[], cursor: readonly (string | number | null)[]): boolean {
  const [at, id] = key as [number, string];
  return at > Number(cursor[0]) || (at === Number(cursor[0]) && id > String(cursor[1]));
}

/** Sums with all descendants. */
class Rollups {
  readonly parents: AgentParents;
  private readonly sums: ReadonlyMap<number, Spending>;

  constructor(rows: readonly AgentFigures[]) {
    this.parents = new AgentParents(rows);
    this.sums = new Map(rows.map((row) => [row.agent_ix, new Spending().add(row.own)]));
    for (const { agent_ix, own } of rows) for (let at = this.parents.of(agent_ix); at !== 0; at = this.parents.of(at)) this.sums.get(at)?.add(own);
  }

  of(agentIx: number): Spending {
    return this.sums.get(agentIx) as Spending;
  }
}

function agentItem(row: AgentFigures, session: string, names: Directories, rollups: Rollups): AgentItem {
  const parent = rollups.parents.of(row.agent_ix);
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
    models: modelNames(row.models, names),
    message_count: row.messages,
    tool_call_count: row.tool_calls,
    error_count: row.errors,
    usage: row.own.usage,
    usage_rollup: rollup.usage,
    calls: row.own.calls,
    cost_usd: row.own.costUsd,
    cost_rollup_usd: rollup.costUsd,
    unpriced_calls: rollup.unpriced,
  };
}
