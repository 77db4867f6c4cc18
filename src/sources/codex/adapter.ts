// Codex: one line is a response item, an event or a note about the turn, `{timestamp, type, payload}`; in
// mid-2025 response items stood bare after a first line of their own. Events tell again what response
// items say: the items are the messages, events are kept without a role. Records of every type are kept.

import { safeId } from '../../core/bytes/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts, SourceAdapter } from '../adapter.ts';
import { objectOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { titled } from '../title.ts';
import { readItem } from './item.ts';
import { isFirstBareMeta, readMeta } from './meta.ts';
import { accepts, defaultRoots, describe } from './path.ts';
import { codexShape } from './shape.ts';
import { begin, enterTurn, identity } from './state.ts';
import type { CodexState } from './state.ts';
import { textOfLine } from './text.ts';
import { callOf } from './usage.ts';

export const codex: SourceAdapter<CodexState> = {
  id: 'codex',
  identifies: 'nothing',
  defaultRoots,
  accepts,
  describe,
  begin,
  shape: () => codexShape,
  line: readLine,
  text: textOfLine,
};

function readLine(value: JsonObject, facts: LineFacts, state: CodexState): void {
  const payload = partOf(value['payload']);
  const kind = stringOf(value['type']);
  facts.ts = timeOf(value['timestamp']);
  facts.type = stringOf(payload?.['type']) ?? kind ?? stringOf(value['record_type']);
  if (kind === 'session_meta' && payload !== null) readMeta(payload, facts, state);
  else if (isFirstBareMeta(value, state)) readMeta(value, facts, state);
  else if (kind === 'turn_context') readTurn(payload, facts, state);
  else if (kind === 'event_msg') readEvent(payload, facts, state);
  else if (kind === 'response_item') readItem(payload, facts, state);
  else if (payload === null) readItem(value, facts, state);
  facts.session = state.session;
  facts.agent = state.agent;
  facts.uuid = identity(facts.ts, state);
  state.records += 1;
}

function readTurn(payload: JsonObject | null, facts: LineFacts, state: CodexState): void {
  enterTurn(state, stringOf(payload?.['turn_id']));
  state.model = stringOf(payload?.['model']) ?? state.model;
  const cwd = stringOf(payload?.['cwd']);
  if (cwd === null || cwd === state.cwd) return;
  state.cwd = cwd;
  // A subagent may work elsewhere; the session's folder is its main thread's.
  if (state.agent === null) facts.cwd = cwd;
}

function readEvent(payload: JsonObject | null, facts: LineFacts, state: CodexState): void {
  switch (payload?.['type']) {
    case 'task_started':
    case 'turn_started':
      enterTurn(state, stringOf(payload['turn_id']));
      break;
    case 'token_count':
      readUsage(payload, facts, state);
      break;
    case 'error':
    case 'stream_error':
      facts.error = true;
      break;
    case 'collab_agent_spawn_end':
      readStart(payload['new_thread_id'], payload['call_id'], facts, state);
      break;
    case 'sub_agent_activity':
      if (payload['kind'] === 'started') readStart(payload['agent_thread_id'], payload['event_id'], facts, state);
      break;
    case 'thread_name_updated':
      readName(payload, facts, state);
      break;
    default:
  }
}

function readUsage(payload: JsonObject, facts: LineFacts, state: CodexState): void {
  const call = callOf(objectOf(payload['info']), state);
  if (call === null) return;
  facts.model = state.model;
  facts.usage = call.usage;
  facts.counted = true;
  facts.callId = call.id;
}

/** In a copied history, the agent was another thread's. */
function readStart(thread: unknown, call: unknown, facts: LineFacts, state: CodexState): void {
  const agent = stringOf(thread);
  const toolUseId = stringOf(call);
  if (agent !== null && toolUseId !== null && !state.copied) facts.links.push({ agent: safeId(agent), toolUseId, rule: 'event' });
}

function readName(payload: JsonObject, facts: LineFacts, state: CodexState): void {
  const name = stringOf(payload['thread_name']);
  if (name !== null && state.agent === null && (payload['thread_id'] ?? state.thread) === state.thread) facts.title = titled(TITLE_RANK.chosen, name);
}
