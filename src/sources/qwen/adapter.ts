// Qwen Code: Claude Code's envelope around Gemini's messages.

import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts, SourceAdapter } from '../adapter.ts';
import { joined, toolText } from '../blocks.ts';
import { countOf, keyOf, objectOf, objectsOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { beginSession, placeLine, tellFolder, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';
import { titled } from '../title.ts';
import { accepts, defaultRoots, describe, readSidecar } from './path.ts';

/** What comes to the model under the user's role, though no human typed it. */
const GENERATED = new Set<string | null>(['notification', 'background_task_completed', 'cron', 'goal_runtime', 'agent_retry']);
const ROLES: ReadonlyMap<unknown, string> = new Map([['user', 'user'], ['assistant', 'assistant'], ['tool_result', 'tool']]);

export const qwen: SourceAdapter<OwnSession> = {
  id: 'qwen',
  identifies: 'messages and tools',
  defaultRoots,
  accepts,
  describe,
  begin: beginSession,
  sidecar: readSidecar,
  shape: () => null,
  line: readLine,
  text: (value) => joined(partsOf(value).flatMap(partTexts)),
};

function readLine(value: JsonObject, facts: LineFacts, state: OwnSession): void {
  placeLine(facts, state, stringOf(value['sessionId']));
  facts.type = stringOf(value['type']);
  facts.role = ROLES.get(facts.type) ?? null;
  facts.ts = timeOf(value['timestamp']);
  facts.uuid = keyOf(value['uuid']);
  facts.parentUuid = keyOf(value['parentUuid']);
  facts.model = stringOf(value['model']);
  if (state.agent === null) tellFolder(facts, state, stringOf(value['cwd']));
  for (const part of partsOf(value)) readPart(part, facts);
  readUsage(partOf(value['usageMetadata']), facts);
  if (facts.type === 'user' && !GENERATED.has(stringOf(value['subtype']))) tellPrompt(facts, state, joined(partsOf(value).flatMap((part) => stringOf(part['text']) ?? [])));
  if (facts.type === 'system' && value['subtype'] === 'custom_title' && state.agent === null) readTitle(objectOf(value['systemPayload']), facts);
}

/** Older versions do not say whose title it is: then the user chose it. */
function readTitle(told: JsonObject | null, facts: LineFacts): void {
  facts.title = titled(told?.['titleSource'] === 'auto' ? TITLE_RANK.generated : TITLE_RANK.chosen, stringOf(told?.['customTitle']));
}

function partsOf(value: JsonObject): JsonObject[] {
  return objectsOf(partOf(value['message'])?.['parts']);
}

function readPart(part: JsonObject, facts: LineFacts): void {
  const call = objectOf(part['functionCall']);
  if (call !== null) facts.tools.push({ id: stringOf(call['id']), name: stringOf(call['name']) ?? 'unknown' });
  const result = objectOf(part['functionResponse']);
  if (result === null) return;
  const isError = objectOf(result['response'])?.['error'] !== undefined;
  facts.toolResults.push({ id: stringOf(result['id']), is_error: isError });
  if (isError) facts.error = true;
}

/** The prompt includes what was cached; thoughts are billed as output. */
function readUsage(usage: JsonObject | null, facts: LineFacts): void {
  if (usage === null) return;
  const cacheRead = countOf(usage['cachedContentTokenCount']);
  facts.usage = {
    input: Math.max(0, countOf(usage['promptTokenCount']) - cacheRead),
    output: countOf(usage['candidatesTokenCount']) + countOf(usage['thoughtsTokenCount']),
    cacheCreation: 0,
    cacheRead,
    cacheCreation1h: 0,
  };
  facts.counted = true;
  facts.callId = facts.uuid === null ? null : `qwen:${facts.uuid.toString()}`;
}

function partTexts(part: JsonObject): string[] {
  const text = stringOf(part['text']);
  if (text !== null) return [text];
  const call = objectOf(part['functionCall']);
  if (call !== null) return [toolText(objectOf(call['args']) ?? {})];
  const response = objectOf(objectOf(part['functionResponse'])?.['response']);
  return response === null ? [] : [stringOf(response['output']) ?? stringOf(response['error']) ?? JSON.stringify(response)];
}
