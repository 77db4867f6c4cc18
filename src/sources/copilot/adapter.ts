// Copilot CLI: one line is an event, `{type, data, id, timestamp, parentId}`. Subagents write into the
// same file, each line naming the tool call that started its agent: that call is the agent's id.

import { safeId } from '../../core/bytes/safe-id.ts';
import { plausibleMs } from '../../core/time/time.ts';
import type { JsonObject, LineFacts, SourceAdapter } from '../adapter.ts';
import { idOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { readEvent } from './event.ts';
import { accepts, defaultRoots, describe } from './path.ts';
import { begin, enterAgent } from './state.ts';
import type { CopilotState } from './state.ts';
import { textOfLine } from './text.ts';

export const copilot: SourceAdapter<CopilotState> = {
  id: 'copilot',
  identifies: 'messages and tools',
  defaultRoots,
  accepts,
  describe,
  begin,
  // The end of a process has models' names as keys, which no shape can name.
  shape: () => null,
  line: readLine,
  text: textOfLine,
};

function readLine(value: JsonObject, facts: LineFacts, state: CopilotState): void {
  const data = partOf(value['data']) ?? {};
  const time = value['timestamp'];
  facts.type = stringOf(value['type']);
  facts.ts = typeof time === 'number' ? plausibleMs(time) : timeOf(time);
  facts.uuid = idOf(value['id']);
  facts.parentUuid = idOf(value['parentId']);
  facts.agent = agentOf(value, data, state);
  readEvent(data, facts, state);
  facts.session = state.session;
}

/** An agent's start and end are lines of the one that started it. */
function agentOf(value: JsonObject, data: JsonObject, state: CopilotState): string | null {
  const call = stringOf(data['parentToolCallId']);
  const id = stringOf(value['agentId']);
  const started = stringOf(data['toolCallId']);
  if (id !== null && started !== null && value['type'] === 'subagent.started') enterAgent(state, id, started);
  if (call !== null) return safeId(call);
  if (id === null || stringOf(value['type'])?.startsWith('subagent.') === true) return null;
  return safeId(state.agents.find((agent) => agent.id === id)?.call ?? id);
}
