// A session as it stood at a time: equal to what the lake would say had it only the lines up to then. What
// started each subagent is taken as it is known today.

import { isoFromMs, isoOrNull } from '../../core/time.ts';
import type { OpenToolCall, SessionState } from '../../core/session-views.ts';
import type { Directories } from '../commit-rows.ts';
import { unsettledCalls } from '../state/call-times.ts';
import type { Snapshots } from '../state/snapshots.ts';
import type { OpenCall } from '../state/state-fold.ts';
import { readBegun } from './running-agents.ts';
import { sessionSpending } from './session-spending.ts';
import { sessionAt, sessionNumber } from './sessions.ts';
import type { SessionParts } from './sessions.ts';

const MAX_SHOWN = 1000;

export async function sessionState(parts: SessionParts, snapshots: Snapshots, sessionId: string, at: number | null): Promise<SessionState> {
  const session = sessionNumber(parts.names, sessionId);
  const atMs = Math.trunc(at ?? parts.now());
  const prices = await parts.rates.models();
  const { names } = parts;
  const links = await parts.links.of(sessionAt(names, session));
  return snapshots.inTurn(session, () => parts.readers.use(async (connection) => {
    const fold = await snapshots.at(connection, { names, prices }, session, atMs);
    const unsettled = await unsettledCalls(connection, session, fold.unsettled, atMs, names, prices);
    const [own, all] = [fold.own.add(unsettled.own), fold.all.add(unsettled.all)];
    const begun = await readBegun(connection, session, atMs, new Set([...fold.open.values()].map((call) => call.id)), links);
    return {
      session_id: sessionId,
      at: isoFromMs(atMs),
      started_at: isoOrNull(fold.firstMs === -1 ? null : fold.firstMs),
      last_activity: isoOrNull(fold.lastMs === -1 ? null : fold.lastMs),
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
  }));
}

function openItem({ id, name, agent, ts, offset }: OpenCall, { agents }: Directories): OpenToolCall {
  return { id, name, agent_id: agents.idOf(agent), started_at: isoFromMs(ts), offset: String(offset) };
}
