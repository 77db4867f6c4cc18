// Gemini CLI: one line of a session's log, or one version of a message of an older session document. A
// message is written again whenever it changes, with the same id; the last one counts.

import { safeId } from '../../core/bytes/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts, SourceAdapter, UsageNumbers } from '../adapter.ts';
import { joined, toolText } from '../blocks.ts';
import { arrayOf, countOf, keyOf, objectOf, objectsOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { mirroredItem } from '../mirrored.ts';
import { noteOddity } from '../oddities.ts';
import { beginSession, placeLine, tellFolder, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';
import { titled, titleOf } from '../title.ts';
import { tellVersion } from '../versions.ts';
import { accepts, defaultRoots, describe } from './path.ts';

/** Of a call that is told without one. */
const UNKNOWN_MODEL = 'unknown';
const ROLES: ReadonlyMap<unknown, string> = new Map([['user', 'user'], ['gemini', 'assistant']]);

export const gemini: SourceAdapter<OwnSession> = {
  id: 'gemini',
  identifies: 'tools',
  defaultRoots,
  accepts,
  describe,
  begin: beginSession,
  versions: true,
  shape: () => null,
  line: readLine,
  text: (value) => textOf(mirroredItem(value)?.item ?? value),
};

function readLine(value: JsonObject, facts: LineFacts, state: OwnSession): void {
  const line = mirroredItem(value)?.item ?? value;
  placeLine(facts, state, stringOf(line['sessionId']));
  const operation = Object.keys(line).find((key) => key.startsWith('$'));
  facts.type = operation ?? stringOf(line['type']) ?? (stringOf(line['sessionId']) === null ? null : 'header');
  const metadata = objectOf(line['$set']) ?? line;
  facts.ts = timeOf(line['timestamp'] ?? metadata['lastUpdated'] ?? metadata['startTime']);
  tellFolder(facts, state, stringOf(arrayOf(metadata['directories'])[0]));
  readSummary(metadata, facts);
  if (operation !== undefined) readCheckpoint(objectsOf(metadata['messages']), facts, state);
  if (ROLES.has(facts.type) && stringOf(line['id']) === null) noteOddity('missing_id');
  if (keyOf(line['id']) !== null && facts.type !== null) readMessage(line, facts, state);
}

function readSummary(metadata: JsonObject, facts: LineFacts): void {
  facts.title ??= titled(TITLE_RANK.generated, stringOf(metadata['summary']));
}

/** The history as it stands: most of it was told line by line, and its calls have the keys they had there. */
function readCheckpoint(messages: readonly JsonObject[], facts: LineFacts, state: OwnSession): void {
  for (const message of messages) {
    const tokens = objectOf(message['tokens']);
    const id = stringOf(message['id']);
    if (tokens !== null && id !== null) facts.moreCalls.push({ model: stringOf(message['model']) ?? UNKNOWN_MODEL, usage: usageOf(tokens), callId: callOf(idIn(state, id), facts), ts: timeOf(message['timestamp']) });
  }
  if (state.prompted || state.agent !== null) return;
  const prompt = messages.filter((message) => message['type'] === 'user').map((message) => joined(partTexts(message['content']))).find((text) => text !== null);
  if (prompt !== undefined && facts.title === null) facts.title = titled(TITLE_RANK.prompt, prompt);
}

/** Told apart in one file only: a subagent is of its parent's session. */
function idIn(state: OwnSession, id: string): string {
  return state.agent === null ? id : `${state.agent}:${id}`;
}

function readMessage(line: JsonObject, facts: LineFacts, state: OwnSession): void {
  facts.uuid = idIn(state, String(line['id']));
  facts.role = ROLES.get(facts.type) ?? null;
  facts.model = stringOf(line['model']);
  facts.error = facts.type === 'error';
  for (const call of objectsOf(line['toolCalls'])) readToolCall(call, facts);
  readUsage(partOf(line['tokens']), facts);
  if (facts.role === 'user') tellPrompt(facts, state, joined(partTexts(line['content'])));
  tellVersion(facts, state.versions);
}

function readToolCall(call: JsonObject, facts: LineFacts): void {
  const id = stringOf(call['id']);
  const status = stringOf(call['status']);
  facts.tools.push({ id, name: stringOf(call['name']) ?? 'unknown' });
  if (status !== null || call['result'] !== undefined) facts.toolResults.push({ id, is_error: status === 'error' });
  if (status === 'error') facts.error = true;
  const agent = stringOf(call['agentId']);
  if (agent === null || id === null) return;
  facts.links.push({ agent: safeId(agent), toolUseId: id, rule: 'tool_result' });
  // Agents are tools, named for what they are.
  const args = objectOf(call['args']);
  const description = stringOf(args?.['description']) ?? stringOf(args?.['objective']);
  facts.tasks.push({ toolUseId: id, agentType: stringOf(call['name']), description: description === null ? null : titleOf(description) });
}

function readUsage(tokens: JsonObject | null, facts: LineFacts): void {
  if (tokens === null) return;
  facts.usage = usageOf(tokens);
  facts.counted = true;
  facts.callId = callOf(String(facts.uuid), facts);
}

/** The same in every version and checkpoint. */
function callOf(id: string, facts: LineFacts): string {
  return `gemini:${facts.session}:${id}`;
}

/** Input includes what was cached; thoughts are billed as output, and what tools' own prompts took as input. */
function usageOf(tokens: JsonObject): UsageNumbers {
  const cacheRead = countOf(tokens['cached']);
  return {
    input: Math.max(0, countOf(tokens['input']) - cacheRead) + countOf(tokens['tool']),
    output: countOf(tokens['output']) + countOf(tokens['thoughts']),
    cacheCreation: 0,
    cacheRead,
    cacheCreation1h: 0,
  };
}

function textOf(line: JsonObject): string | null {
  const thoughts = objectsOf(line['thoughts']).flatMap((thought) => stringOf(thought['description']) ?? []);
  const calls = objectsOf(line['toolCalls']).flatMap((call) => [toolText(objectOf(call['args']) ?? {})].concat(resultTexts(call['result'])));
  return joined([...thoughts, ...partTexts(line['content']), ...calls]) ?? stringOf(objectOf(line['$set'])?.['summary']) ?? stringOf(line['summary']);
}

/** A text, a part, or a list of parts. */
function partTexts(content: unknown): string[] {
  const parts = Array.isArray(content) ? content : [content];
  return parts.flatMap((part) => stringOf(part) ?? stringOf(objectOf(part)?.['text']) ?? []);
}

function resultTexts(result: unknown): string[] {
  return arrayOf(result).flatMap((part) => {
    const response = objectOf(objectOf(objectOf(part)?.['functionResponse'])?.['response']);
    return response === null ? partTexts(part) : (stringOf(response['output']) ?? stringOf(response['error']) ?? JSON.stringify(response));
  });
}
