// ChatGPT: mirrored conversations and messages of an export. It tells no usage.

import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts } from '../adapter.ts';
import { joined } from '../blocks.ts';
import { arrayOf, objectOf, stringOf } from '../json-value.ts';
import { mirroredSource } from '../mirrored-source.ts';
import { tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';

export const chatgpt = mirroredSource({ id: 'chatgpt', identifies: 'nothing', defaultRoots: () => [], read: readItem, text: textOf });

function readItem(item: JsonObject, _observedMs: number, facts: LineFacts, state: OwnSession): void {
  const conversation = objectOf(item['conversation']);
  const message = objectOf(item['message']);
  if (conversation !== null) readConversation(conversation, facts);
  else if (message !== null) {
    const parent = stringOf(item['parent']);
    facts.parentUuid = parent === null ? null : `message:${parent}`;
    readMessage(message, parent, facts, state);
  }
}

function readConversation(conversation: JsonObject, facts: LineFacts): void {
  facts.type = 'conversation';
  facts.ts = msOf(conversation['create_time']);
  const title = stringOf(conversation['title']);
  if (title !== null) facts.title = { rank: TITLE_RANK.generated, title };
}

/** `parent`: the message before it in the conversation. */
function readMessage(message: JsonObject, parent: string | null, facts: LineFacts, state: OwnSession): void {
  const content = objectOf(message['content']);
  facts.type = stringOf(content?.['content_type']) ?? 'message';
  facts.ts = msOf(message['create_time']);
  facts.role = stringOf(objectOf(message['author'])?.['role']);
  facts.model = stringOf(objectOf(message['metadata'])?.['model_slug']);
  // A call goes to a tool; what comes from one is the result of the message before it.
  const recipient = stringOf(message['recipient']);
  if (facts.role === 'assistant' && recipient !== null && recipient !== 'all') facts.tools.push({ id: stringOf(message['id']), name: recipient });
  if (facts.role === 'tool') facts.toolResults.push({ id: parent, is_error: false });
  if (facts.role === 'user') tellPrompt(facts, state, contentText(content));
}

/** Seconds, with a fraction. */
function msOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.round(value * 1000) : Number.NaN;
}

function contentText(content: JsonObject | null): string | null {
  if (content === null) return null;
  const parts = arrayOf(content['parts']).flatMap((part) => stringOf(part) ?? stringOf(objectOf(part)?.['text']) ?? []);
  return joined(parts) ?? stringOf(content['text']) ?? stringOf(content['result']);
}

function textOf(item: JsonObject): string | null {
  const message = objectOf(item['message']);
  return message === null ? stringOf(objectOf(item['conversation'])?.['title']) : contentText(objectOf(message['content']));
}
