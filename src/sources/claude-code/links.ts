// What lines tell of subagents: which tool call started one, and what it was told to do. Everything told is
// kept; which of it counts is decided where all of it is known.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { JsonObject, LineFacts } from '../adapter.ts';
import { arrayOf, objectOf, stringOf } from '../json-value.ts';
import type { ClaudeState } from './state.ts';

const TASK_TOOLS = new Set(['Task', 'Agent']);
/** The end of a background agent, told to the model. */
const NOTIFICATION = '<task-notification>';
const TELLING_TYPES = new Set<string | null>(['user', 'queue-operation', 'attachment']);
const TASK_ID = /<task-id>\s*([^<]+?)\s*<\/task-id>/;
const TOOL_USE_ID = /<tool-use-id>\s*([^<]+?)\s*<\/tool-use-id>/;

/** A tool call of the line, which may start an agent. */
export function readTask(id: string | null, name: string, input: JsonObject | null, facts: LineFacts): void {
  if (id === null || !TASK_TOOLS.has(name)) return;
  facts.tasks.push({ toolUseId: id, agentType: stringOf(input?.['subagent_type']), description: stringOf(input?.['description']), prompt: stringOf(input?.['prompt']) });
}

export function readLinks(value: JsonObject, facts: LineFacts, state: ClaudeState): void {
  readOrigin(value, facts, state);
  if (readResult(value, facts)) return;
  const data = objectOf(value['data']);
  const running = data?.['type'] === 'agent_progress' ? stringOf(data['agentId']) : null;
  const parent = running === null ? null : stringOf(value['parentToolUseID']);
  if (running !== null && parent !== null) facts.links.push({ agent: safeId(running), toolUseId: parent, rule: 'progress' });
  else readNotification(value, facts);
}

/** The result of the call names the agent, or the run of a workflow; also of one that goes on in the background. */
function readResult(value: JsonObject, facts: LineFacts): boolean {
  const toolUseId = facts.toolResults.length === 1 ? facts.toolResults[0]?.id : null;
  const result = typeof toolUseId === 'string' ? objectOf(value['toolUseResult']) : null;
  if (result === null || typeof toolUseId !== 'string') return false;
  const run = stringOf(result['runId']);
  if (run !== null) facts.tasks.push({ toolUseId, agentType: null, description: null, run });
  const agent = stringOf(result['agentId']);
  if (agent !== null) facts.links.push({ agent: safeId(agent), toolUseId, rule: 'tool_result' });
  return agent !== null;
}

/** Shells that run in the background are told of in the same way: their ids are no agent's. */
function readNotification(value: JsonObject, facts: LineFacts): void {
  if (!TELLING_TYPES.has(facts.type) || facts.toolResults.length > 0) return;
  const text = notification(value);
  const agent = text === null ? null : TASK_ID.exec(text)?.[1];
  const toolUseId = text === null ? null : TOOL_USE_ID.exec(text)?.[1];
  if (typeof agent === 'string' && typeof toolUseId === 'string') facts.links.push({ agent: safeId(agent), toolUseId, rule: 'notification' });
}

function notification(value: JsonObject): string | null {
  const attachment = objectOf(value['attachment']);
  const content = objectOf(value['message'])?.['content'];
  const [first] = arrayOf(content);
  const texts = [value['content'], attachment?.['prompt'], attachment?.['content'], content, objectOf(first)?.['text']];
  const text = texts.find((told) => typeof told === 'string' && told.startsWith(NOTIFICATION));
  return typeof text === 'string' ? text : null;
}

/** The first line of an agent's thread says what it was told to do. */
function readOrigin(value: JsonObject, facts: LineFacts, state: ClaudeState): void {
  if (facts.agent === null || facts.parentUuid !== null) return;
  const prompt = facts.type === 'user' && facts.toolResults.length === 0 ? promptOf(objectOf(value['message'])?.['content']) : null;
  if (prompt !== null || state.run !== undefined) facts.origin = { prompt, run: state.run ?? null };
}

function promptOf(content: unknown): string | null {
  if (typeof content === 'string') return stringOf(content);
  const blocks = arrayOf(content);
  return blocks.length === 1 ? stringOf(objectOf(blocks[0])?.['text']) : null;
}
