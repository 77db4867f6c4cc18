// What each type of event says. A type that is not here is a record and no more.

import { safeId } from '../../core/bytes/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts } from '../adapter.ts';
import { arrayOf, countOf, objectOf, stringOf } from '../json-value.ts';
import { projectOfFolder } from '../project-id.ts';
import { titled } from '../title.ts';
import { beginProcess, speak } from './state.ts';
import type { CopilotState } from './state.ts';
import { argumentsOf } from './text.ts';
import { messageUsage, restOfProcess } from './usage.ts';

const TASK_TOOL = 'task';
/** What the agent itself writes under the user's role. */
const GENERATED = /^\s*<(system_notification|system_reminder|skill-context)/;

export function readEvent(data: JsonObject, facts: LineFacts, state: CopilotState): void {
  switch (facts.type) {
    case 'session.start':
      readStart(data, facts, state);
      break;
    case 'session.resume':
      state.model = stringOf(data['selectedModel']) ?? state.model;
      beginProcess(state);
      readFolder(data, facts, state);
      break;
    case 'session.context_changed':
      readFolder({ context: data }, facts, state);
      break;
    case 'session.model_change':
      state.model = stringOf(data['newModel']) ?? state.model;
      break;
    case 'session.title_changed':
      readTitle(TITLE_RANK.generated, data['title'], facts);
      break;
    case 'session.shutdown':
      readShutdown(data, facts, state);
      break;
    case 'session.error':
      facts.error = true;
      break;
    case 'system.message':
      facts.role = 'system';
      break;
    case 'user.message':
      readPrompt(data, facts, state);
      break;
    case 'assistant.message':
      readMessage(data, facts, state);
      break;
    case 'tool.execution_complete':
      readResult(data, facts);
      break;
    case 'subagent.started':
      readSubagent(data, facts);
      break;
    default:
  }
}

function readStart(data: JsonObject, facts: LineFacts, state: CopilotState): void {
  const session = stringOf(data['sessionId']);
  if (session !== null) state.session = safeId(session);
  state.model = stringOf(data['selectedModel']) ?? state.model;
  beginProcess(state);
  readFolder(data, facts, state);
}

function readFolder(data: JsonObject, facts: LineFacts, state: CopilotState): void {
  const cwd = stringOf(objectOf(data['context'])?.['cwd']);
  if (cwd === null || cwd === state.cwd) return;
  state.cwd = cwd;
  state.project ??= projectOfFolder(cwd);
  facts.cwd = cwd;
}

function readTitle(rank: number, told: unknown, facts: LineFacts): void {
  const title = stringOf(told);
  if (title !== null) facts.title = titled(rank, title);
}

/** A message says its source where no human is it. */
function readPrompt(data: JsonObject, facts: LineFacts, state: CopilotState): void {
  facts.role = 'user';
  const content = stringOf(data['content']);
  const source = stringOf(data['source']) ?? 'user';
  if (facts.agent !== null || source !== 'user' || content === null || content.trim() === '' || GENERATED.test(content)) return;
  facts.prompt = true;
  if (state.prompted) return;
  state.prompted = true;
  readTitle(TITLE_RANK.prompt, content, facts);
}

function readMessage(data: JsonObject, facts: LineFacts, state: CopilotState): void {
  facts.role = 'assistant';
  facts.model = stringOf(data['model']) ?? state.model;
  for (const item of arrayOf(data['toolRequests'])) readRequest(objectOf(item), facts);
  const output = countOf(data['outputTokens']);
  const call = stringOf(data['apiCallId']) ?? stringOf(data['messageId']) ?? facts.uuid?.toString() ?? null;
  if (output === 0 || call === null) return;
  facts.usage = messageUsage(output);
  facts.counted = true;
  facts.callId = `copilot:${call}`;
  speak(state, facts.model, call, output);
}

function readRequest(request: JsonObject | null, facts: LineFacts): void {
  if (request === null) return;
  const id = stringOf(request['toolCallId']);
  const name = stringOf(request['name']) ?? 'unknown';
  facts.tools.push({ id, name });
  if (name !== TASK_TOOL || id === null) return;
  const input = argumentsOf(request['arguments']);
  facts.tasks.push({ toolUseId: id, agentType: stringOf(input?.['agent_type']), description: stringOf(input?.['description']) });
}

function readResult(data: JsonObject, facts: LineFacts): void {
  facts.role = 'tool';
  facts.error = data['success'] === false || objectOf(data['result'])?.['result_type'] === 'failure';
  facts.toolResults.push({ id: stringOf(data['toolCallId']), is_error: facts.error });
}

function readSubagent(data: JsonObject, facts: LineFacts): void {
  const call = stringOf(data['toolCallId']);
  if (call === null) return;
  facts.links.push({ agent: safeId(call), toolUseId: call, rule: 'event' });
  facts.tasks.push({ toolUseId: call, agentType: stringOf(data['agentName']), description: stringOf(data['agentDescription']) });
}

function readShutdown(data: JsonObject, facts: LineFacts, state: CopilotState): void {
  const [own, ...more] = restOfProcess(data, facts.uuid?.toString() ?? `${state.session}@${facts.ts}`, state);
  beginProcess(state);
  if (own === undefined) return;
  facts.model = own.model;
  facts.usage = own.usage;
  facts.counted = true;
  facts.callId = own.callId;
  facts.moreCalls.push(...more);
}
