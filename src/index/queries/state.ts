// A session as it stood at a time: equal to what the lake would say had it only the lines up to then. What
// started each subagent is taken as it is known today.

import type { DuckDBConnection } from '@duckdb/node-api';
import { isoFromMs, isoOfStored } from '../../core/time/time.ts';
import type { OpenToolCall, SessionState } from '../../core/answers/session-views.ts';
import type { Directories } from '../names/directories.ts';
import type { AgentTimes } from '../held/agent-times.ts';
import { HeldAgentTimes } from '../held/held-agent-times.ts';
import { HeldPast } from '../held/held-past.ts';
import { unsettledCalls } from '../state/call-times.ts';
import type { Past } from '../state/past.ts';
import type { Snapshots } from '../state/snapshots.ts';
import type { OpenCall, StateFold } from '../state/state-fold.ts';
import { StoredPast } from '../state/stored-past.ts';
import { hasVersions } from '../rows/newest-version.ts';
import { readBegun, StoredAgentTimes } from './running-agents.ts';
import type { BegunAgents } from './running-agents.ts';
import { sessionSpending } from './session-spending.ts';
import { sessionAt, sessionNumber } from './sessions.ts';
import { Spending } from '../spending/spending.ts';
import type { ViewParts } from './view-parts.ts';

const MAX_SHOWN = 1000;

/** What a session's past is told from. */
interface Sources {
  past: Past;
  agents: AgentTimes;
  /** For what only the database knows. */
  ask: <T>(work: (connection: DuckDBConnection) => Promise<T>) => Promise<T>;
}

export async function sessionState(parts: ViewParts, snapshots: Snapshots, sessionId: string, at: number | null): Promise<SessionState> {
  const session = sessionNumber(parts.names, sessionId);
  const atMs = Math.trunc(at ?? parts.now());
  const prices = await parts.rates.models();
  const links = await parts.links.of(sessionAt(parts.names, session));
  const state = async ({ past, agents, ask }: Sources): Promise<SessionState> => {
    const fold = await snapshots.at(past, session, atMs);
    const unsettled = fold.unsettled.length === 0 ? NOTHING_SPENT : await ask((connection) => unsettledCalls(connection, session, fold.unsettled, atMs, parts.names, prices));
    const begun = await readBegun(agents, atMs, new Set([...fold.open.values()].map((call) => call.id)), links);
    return stateItem(sessionId, atMs, { fold, unsettled, begun }, parts.names);
  };
  return snapshots.inTurn(session, async () => {
    const known = hasVersions(parts.names, session) ? null : await parts.held.withCalls(session);
    if (known !== null) return state({ past: new HeldPast(known.held, known.calls, prices), agents: new HeldAgentTimes(known.held), ask: (work) => parts.readers.use(work) });
    return parts.readers.use((connection) => state({ past: new StoredPast(connection, session, parts.names, prices), agents: new StoredAgentTimes(connection, session), ask: (work) => work(connection) }));
  });
}

const NOTHING_SPENT = { own: new Spending(), all: new Spending() };

interface Found {
  fold: StateFold;
  unsettled: { own: Spending; all: Spending };
  begun: BegunAgents;
}

function stateItem(sessionId: string, atMs: number, { fold, unsettled, begun }: Found, names: Directories): SessionState {
  const [own, all] = [fold.own.add(unsettled.own), fold.all.add(unsettled.all)];
  return {
    session_id: sessionId,
    at: isoFromMs(atMs),
    started_at: isoOfStored(fold.firstMs),
    last_activity: isoOfStored(fold.lastMs),
    record_count: fold.records,
    message_count: fold.messages,
    tool_call_count: fold.toolCalls,
    error_count: fold.errors,
    subagent_count: begun.count,
    ...sessionSpending(own, all),
    open_tool_calls: [...fold.open.values()].toSorted((a, b) => b.ts - a.ts || b.offset - a.offset).slice(0, MAX_SHOWN).map((call) => openItem(call, names)),
    open_tool_call_count: fold.open.size,
    running_subagents: begun.running.slice(0, MAX_SHOWN).map(({ id, tool_use_id, agent_type: type, description, first_ms }) => ({ id, tool_use_id, type, description, started_at: isoFromMs(first_ms) })),
    running_subagent_count: begun.running.length,
  };
}

function openItem({ id, name, agent, ts, offset }: OpenCall, { agents }: Directories): OpenToolCall {
  return { id, name, agent_id: agents.idOf(agent), started_at: isoFromMs(ts), offset: String(offset) };
}
