// Kimi Code, which came after Kimi CLI: <root>/<workdir>/session_<id>/agents/<agent>/wire.jsonl, with events that
// have their fields in the line itself. What a step used is told in usage.record, and again in its end.

import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts } from '../adapter.ts';
import { joined, toolText } from '../blocks.ts';
import { arrayOf, objectOf, partOf, stringOf } from '../json-value.ts';
import { titled } from '../title.ts';
import { usageNumbers } from '../usage-numbers.ts';

/** What the loop of the agent did comes wrapped. */
const WRAPPED = 'context.append_loop_event';
/** A sum over more than a turn would count twice. */
const SCOPE = 'turn';

export function isCodeEvent(value: JsonObject): boolean {
  return /^(turn|context|usage|llm)\./.test(stringOf(value['type']) ?? '');
}

/** The prompt is the title where the main thread has none yet. */
export function readCodeEvent(value: JsonObject, facts: LineFacts, state: { model: string | null; agent: string | null; prompted: boolean }): void {
  const event = eventOf(value);
  facts.type = stringOf(event['type']);
  switch (facts.type) {
    case 'turn.prompt':
    case 'turn.steer':
      facts.role = 'user';
      readPrompt(joined(textsOf(event['input'])), facts, state);
      break;
    case 'content.part':
      facts.role = 'assistant';
      facts.model = state.model;
      break;
    case 'tool.call':
      facts.role = 'assistant';
      facts.model = state.model;
      facts.tools.push({ id: stringOf(event['toolCallId']), name: stringOf(event['name']) ?? 'unknown' });
      break;
    case 'tool.result':
      facts.role = 'tool';
      facts.error = objectOf(event['result'])?.['isError'] === true;
      facts.toolResults.push({ id: stringOf(event['toolCallId']), is_error: facts.error });
      break;
    case 'llm.request':
      state.model = stringOf(event['model']) ?? state.model;
      break;
    case 'usage.record':
      readUsage(event, facts, state);
      break;
    default:
  }
}

function eventOf(value: JsonObject): JsonObject {
  return value['type'] === WRAPPED ? (objectOf(value['event']) ?? value) : value;
}

function readPrompt(prompt: string | null, facts: LineFacts, state: { agent: string | null; prompted: boolean }): void {
  if (prompt === null || prompt.trim() === '' || state.agent !== null) return;
  facts.prompt = true;
  if (state.prompted) return;
  state.prompted = true;
  facts.title = titled(TITLE_RANK.prompt, prompt);
}

function readUsage(event: JsonObject, facts: LineFacts, state: { model: string | null }): void {
  const usage = partOf(event['usage']);
  if (usage === null || (event['usageScope'] ?? SCOPE) !== SCOPE) return;
  facts.model = stringOf(event['model']) ?? state.model;
  facts.usage = usageNumbers(usage, { input: 'inputOther', output: 'output', cacheCreation: 'inputCacheCreation', cacheRead: 'inputCacheRead' });
  facts.counted = true;
}

export function codeText(value: JsonObject): string | null {
  const event = eventOf(value);
  const part = objectOf(event['part']);
  const args = objectOf(event['args']);
  const result = objectOf(event['result']);
  if (args !== null) return toolText(args);
  return joined([...textsOf(event['input']), ...textsOf(part?.['text'] ?? part?.['think']), ...textsOf(result?.['output'] ?? result?.['message'])]);
}

/** Of a text, or of parts with a text each. */
export function textsOf(value: unknown): string[] {
  const text = stringOf(value);
  return text === null ? arrayOf(value).flatMap((part) => stringOf(objectOf(part)?.['text']) ?? []) : [text];
}
