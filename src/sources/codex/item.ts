// Response items: what was said, thought, called and answered.

import { safeId } from '../../core/bytes/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts } from '../adapter.ts';
import { arrayOf, objectOf, stringOf } from '../json-value.ts';
import { noteOddity } from '../oddities.ts';
import { titled, titleOf } from '../title.ts';
import { projectOfFolder } from '../project-id.ts';
import { folderText, promptText } from './prompt.ts';
import { addSpawn, identity } from './state.ts';
import type { CodexState } from './state.ts';
import { blockTexts } from './text.ts';

/** The names of tools that are item types of their own. */
const OWN_TYPES: Readonly<Record<string, string>> = {
  local_shell_call: 'local_shell',
  web_search_call: 'web_search',
  tool_search_call: 'tool_search',
  image_generation_call: 'image_generation',
};

export function readItem(item: JsonObject | null, facts: LineFacts, state: CodexState): void {
  if (item === null) return;
  const type = stringOf(item['type']);
  switch (type) {
    case 'message':
      readMessage(item, facts, state);
      break;
    case 'reasoning':
      // Most are encrypted; what has a summary can be read.
      if (arrayOf(item['summary']).length > 0 || arrayOf(item['content']).length > 0) said('assistant', facts, state);
      break;
    case 'function_call':
    case 'custom_tool_call':
      readCall(item, nameOf(item), facts, state);
      break;
    case 'local_shell_call':
    case 'tool_search_call':
      readCall(item, OWN_TYPES[type] as string, facts, state);
      break;
    case 'web_search_call':
    case 'image_generation_call':
      readRunCall(item, OWN_TYPES[type] as string, facts, state);
      break;
    case 'function_call_output':
    case 'custom_tool_call_output':
    case 'tool_search_output':
      readOutput(item, facts, state);
      break;
    case null:
      if (stringOf(item['role']) === null) return;
      facts.type = 'message';
      readMessage(item, facts, state);
      break;
    default:
  }
}

function said(role: string | null, facts: LineFacts, state: CodexState): void {
  facts.role = role;
  if (role === 'assistant') facts.model = state.model;
}

function readMessage(item: JsonObject, facts: LineFacts, state: CodexState): void {
  said(stringOf(item['role']), facts, state);
  if (facts.role !== 'user' || state.agent !== null) return;
  const texts = blockTexts(item['content']);
  if (!state.prompted) readFolder(texts, facts, state);
  const prompt = promptText(texts);
  if (prompt === null) return;
  facts.prompt = true;
  if (state.prompted) return;
  state.prompted = true;
  facts.title = titled(TITLE_RANK.prompt, prompt);
}

/** Before the meta record told the folder, the first message did. */
function readFolder(texts: readonly string[], facts: LineFacts, state: CodexState): void {
  const cwd = state.cwd === null ? folderText(texts) : null;
  if (cwd === null) return;
  state.cwd = cwd;
  state.project ??= projectOfFolder(cwd);
  facts.cwd = cwd;
}

function readCall(item: JsonObject, name: string, facts: LineFacts, state: CodexState): void {
  said('assistant', facts, state);
  const id = stringOf(item['call_id']) ?? stringOf(item['id']);
  facts.tools.push({ id, name });
  // What the model's maker runs has none.
  if (id === null && OWN_TYPES[facts.type ?? ''] === undefined) noteOddity('missing_id');
  // In a copied history, the agent was another thread's.
  if (item['name'] !== 'spawn_agent' || id === null || state.copied) return;
  addSpawn(state, id);
  facts.tasks.push({ toolUseId: id, ...taskOf(parsed(item['arguments'])) });
}

/** The model's maker runs it: no other line tells what became of it, and mostly it has no id. */
function readRunCall(item: JsonObject, name: string, facts: LineFacts, state: CodexState): void {
  said('assistant', facts, state);
  const id = stringOf(item['call_id']) ?? stringOf(item['id']) ?? identity(facts.ts, state);
  facts.tools.push({ id, name });
  const status = stringOf(item['status']);
  facts.error = status === 'failed';
  if (status === 'completed' || facts.error) facts.toolResults.push({ id, is_error: facts.error });
}

/** Tools of MCP servers are told apart by their server. */
function nameOf(item: JsonObject): string {
  const name = stringOf(item['name']) ?? 'unknown';
  const space = stringOf(item['namespace']);
  return space !== null && space.startsWith('mcp__') ? `${space}.${name}` : name;
}

function taskOf(task: JsonObject | null): { agentType: string | null; description: string | null } {
  const description = stringOf(task?.['task_name']) ?? stringOf(task?.['description']) ?? stringOf(task?.['message']);
  return { agentType: stringOf(task?.['agent_type']) ?? stringOf(task?.['role']), description: description === null ? null : titleOf(description) };
}

function readOutput(item: JsonObject, facts: LineFacts, state: CodexState): void {
  facts.role = 'tool';
  const id = stringOf(item['call_id']);
  if (id === null && facts.type !== 'tool_search_output') noteOddity('missing_id');
  const isError = failed(item['output']);
  facts.toolResults.push({ id, is_error: isError });
  facts.error = isError;
  if (id === null || !state.spawns.includes(id)) return;
  state.spawns = state.spawns.filter((call) => call !== id);
  const agent = stringOf(parsed(item['output'])?.['agent_id']);
  if (agent !== null) facts.links.push({ agent: safeId(agent), toolUseId: id, rule: 'tool_result' });
}

const HEAD_CHARS = 400;
const TAIL_CHARS = 200;
const EXITED = /^(?:Exit code:|Process exited with code) (-?\d+)/m;
const EXITED_JSON = /"exit_code":\s?(-?\d+)/;

/** An exit code stands before the output, or in JSON after it; a tool that is no command says whether it succeeded. */
function failed(output: unknown): boolean {
  const text = stringOf(output);
  if (text === null) return objectOf(output)?.['success'] === false;
  const head = text.slice(0, HEAD_CHARS).split('\nOutput:')[0] as string;
  const code = text.startsWith('{') ? EXITED_JSON.exec(text.slice(-TAIL_CHARS)) : EXITED.exec(head);
  return code !== null && Number(code[1]) !== 0;
}

/** JSON in a string, or the object it would be; null for anything else. */
function parsed(told: unknown): JsonObject | null {
  const text = stringOf(told);
  try {
    return objectOf(text === null ? told : JSON.parse(text));
  } catch {
    return null;
  }
}
