// Amp: mirrored versions of a thread's head, its messages and, of older threads, what its calls used.

import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts } from '../adapter.ts';
import { contentTexts, joined } from '../blocks.ts';
import { arrayOf, objectOf, objectsOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { mirroredSource } from '../mirrored-source.ts';
import { tellPlace, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';
import { usageNumbers } from '../usage-numbers.ts';

export const amp = mirroredSource({
  id: 'amp',
  identifies: 'tools',
  defaultRoots: ({ env, home }) => [`${env['AMP_DATA_DIR'] || `${env['XDG_DATA_HOME'] || `${home}/.local/share`}/amp`}/threads`],
  read: readItem,
  text: textOf,
});

function readItem(item: JsonObject, observedMs: number, facts: LineFacts, state: OwnSession): void {
  const thread = objectOf(item['thread']);
  const message = objectOf(item['message']);
  if (thread !== null) readThread(thread, facts, state);
  else if (message !== null) readMessage(message, observedMs, facts, state);
  else readEvent(objectOf(item['event']), facts);
}

function readThread(thread: JsonObject, facts: LineFacts, state: OwnSession): void {
  facts.type = 'thread';
  facts.ts = typeof thread['created'] === 'number' ? thread['created'] : Number.NaN;
  const title = stringOf(thread['title']);
  if (title !== null) facts.title = { rank: TITLE_RANK.generated, title };
  const tree = objectOf(arrayOf(objectOf(objectOf(thread['env'])?.['initial'])?.['trees'])[0]);
  tellPlace(facts, state, folderOf(stringOf(tree?.['uri'])));
}

/** A `file:` address, in which what is no plain character is escaped, or a path as it is. */
function folderOf(uri: string | null): string | null {
  const path = /^file:\/\/(.*)$/s.exec(uri ?? '')?.[1];
  if (path === undefined) return uri;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function readMessage(message: JsonObject, observedMs: number, facts: LineFacts, state: OwnSession): void {
  facts.type = 'message';
  facts.role = stringOf(message['role']);
  const sentAt = objectOf(message['meta'])?.['sentAt'];
  const usage = partOf(message['usage']);
  const usageMs = timeOf(usage?.['timestamp']);
  // Results of tools tell no time: it is that of what came before.
  facts.ts = typeof sentAt === 'number' ? sentAt : Number.isNaN(usageMs) ? (state.at ?? observedMs) : usageMs;
  for (const block of objectsOf(message['content'])) readBlock(block, facts);
  if (usage !== null) readUsage(usage, facts);
  if (facts.role === 'user' && facts.toolResults.length === 0) tellPrompt(facts, state, joined(contentTexts(message['content'])));
}

function readBlock(block: JsonObject, facts: LineFacts): void {
  if (block['type'] === 'tool_use') facts.tools.push({ id: stringOf(block['id']), name: stringOf(block['name']) ?? 'unknown' });
  if (block['type'] !== 'tool_result') return;
  const isError = objectOf(block['run'])?.['status'] === 'error';
  facts.toolResults.push({ id: stringOf(block['toolUseID']) ?? stringOf(block['tool_use_id']), is_error: isError });
  if (isError) facts.error = true;
}

function readUsage(usage: JsonObject, facts: LineFacts): void {
  facts.model = stringOf(usage['model']);
  facts.usage = usageNumbers(usage, { input: 'inputTokens', output: 'outputTokens', cacheCreation: 'cacheCreationInputTokens', cacheRead: 'cacheReadInputTokens' });
  facts.counted = true;
  facts.callId = `amp:${facts.session}:${String(facts.uuid)}`;
}

/** Of a message that does not tell it itself; if it does one day, it is the same call. */
function readEvent(event: JsonObject | null, facts: LineFacts): void {
  const tokens = partOf(event?.['tokens']);
  if (event === null || tokens === null) return;
  facts.type = 'usage';
  facts.ts = timeOf(event['timestamp']);
  facts.model = stringOf(event['model']);
  facts.usage = usageNumbers(tokens, { input: 'input', output: 'output', cacheCreation: 'cacheCreationInputTokens', cacheRead: 'cacheReadInputTokens' });
  facts.counted = true;
  const message = event['toMessageId'];
  facts.callId = message === undefined ? `amp:${facts.session}:${String(facts.uuid)}` : `amp:${facts.session}:message:${String(message)}`;
}

function textOf(item: JsonObject): string | null {
  const message = objectOf(item['message']);
  return message === null ? stringOf(objectOf(item['thread'])?.['title']) : joined(contentTexts(message['content']));
}
