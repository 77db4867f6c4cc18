// Messages of pi: a role, content blocks, and with an answer the model and its tokens.

import { plausibleMs } from '../../core/time/time.ts';
import { safeId } from '../../core/bytes/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts, UsageNumbers } from '../adapter.ts';
import { arrayOf, countOf, objectOf, objectsOf, partOf, stringOf } from '../json-value.ts';
import { titled } from '../title.ts';
import type { PiState } from './state.ts';
import { contentTexts } from './text.ts';

const TASK_TOOL = 'task';

export function readMessage(message: JsonObject, facts: LineFacts, state: PiState): void {
  const role = stringOf(message['role']);
  facts.role = role === 'toolResult' ? 'tool' : role;
  if (Number.isNaN(facts.ts)) facts.ts = timeOf(message);
  if (role === 'assistant') readAnswer(message, facts, state);
  else if (role === 'toolResult') readResult(message, facts, state);
  else if (role === 'user') readPrompt(message, facts, state);
}

function timeOf(message: JsonObject): number {
  const ms = message['timestamp'];
  return typeof ms === 'number' ? plausibleMs(ms) : Number.NaN;
}

function readAnswer(message: JsonObject, facts: LineFacts, state: PiState): void {
  facts.model = stringOf(message['model']);
  if (facts.model !== null) state.model = facts.model;
  facts.error = message['stopReason'] === 'error';
  for (const block of arrayOf(message['content'])) readBlock(objectOf(block), facts);
  readUsage(partOf(message['usage']), timeOf(message), facts);
}

/** What a summary cost, or a call that is no message's; with the model in use where the entry names none. */
export function readEntryUsage(entry: JsonObject, facts: LineFacts, state: PiState): void {
  const told = partOf(entry['usage']);
  if (told === null) return;
  facts.model = stringOf(entry['model']) ?? state.model ?? null;
  readUsage(told, facts.ts, facts);
}

/** `ms`: as every copy of the entry tells it. */
function readUsage(told: JsonObject | null, ms: number, facts: LineFacts): void {
  if (told === null) return;
  facts.usage = usageOf(told);
  facts.counted = facts.usage.input + facts.usage.output + facts.usage.cacheCreation + facts.usage.cacheRead > 0;
  facts.callId = callOf(ms, facts, facts.usage);
}

/**
 * The same in every copy that a branch, a fork or a migration makes of an entry, which may give it a new id: the
 * message's own time, its model and its tokens. Without that time, the entry's id.
 */
function callOf(ms: number, facts: LineFacts, { input, output, cacheCreation, cacheRead }: UsageNumbers): string | null {
  if (Number.isNaN(ms)) return facts.uuid === null ? null : `pi:${String(facts.uuid)}:${facts.ts}`;
  return `pi:${ms}:${facts.model ?? ''}:${input}/${output}/${cacheCreation}/${cacheRead}`;
}

/** The input has no cache in it. */
function usageOf(usage: JsonObject): UsageNumbers {
  const cacheCreation = countOf(usage['cacheWrite']);
  return {
    input: countOf(usage['input']),
    // Reasoning is part of it.
    output: countOf(usage['output']),
    cacheCreation,
    cacheRead: countOf(usage['cacheRead']),
    cacheCreation1h: Math.min(cacheCreation, countOf(usage['cacheWrite1h'])),
  };
}

function readBlock(block: JsonObject | null, facts: LineFacts): void {
  if (block?.['type'] !== 'toolCall') return;
  const id = stringOf(block['id']);
  const name = stringOf(block['name']) ?? 'unknown';
  facts.tools.push({ id, name });
  if (name !== TASK_TOOL || id === null) return;
  const input = objectOf(block['arguments']);
  facts.tasks.push({ toolUseId: id, agentType: stringOf(input?.['agent']), description: stringOf(input?.['description']) });
}

/** A task's result names the agents it started. */
function readResult(message: JsonObject, facts: LineFacts, state: PiState): void {
  const id = stringOf(message['toolCallId']);
  facts.error = message['isError'] === true;
  facts.toolResults.push({ id, is_error: facts.error });
  if (message['toolName'] !== TASK_TOOL || id === null) return;
  for (const started of objectsOf(objectOf(message['details'])?.['results'])) {
    const agent = stringOf(started['id']);
    if (agent !== null) facts.links.push({ agent: safeId(state.agent === null ? agent : `${state.agent}.${agent}`), toolUseId: id, rule: 'tool_result' });
  }
}

function readPrompt(message: JsonObject, facts: LineFacts, state: PiState): void {
  if (state.agent !== null) return;
  const prompt = contentTexts(message['content']).find((text) => text.trim() !== '');
  if (prompt === undefined) return;
  facts.prompt = true;
  if (state.prompted) return;
  state.prompted = true;
  facts.title = titled(TITLE_RANK.prompt, prompt);
}
