// Claude.ai: mirrored conversations and messages of an export. It tells no usage.

import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts } from '../adapter.ts';
import { contentTexts, joined, tellTools } from '../blocks.ts';
import { objectOf, stringOf, timeOf } from '../json-value.ts';
import { mirroredSource } from '../mirrored-source.ts';
import { tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';

const ROLES: ReadonlyMap<unknown, string> = new Map([['human', 'user'], ['assistant', 'assistant']]);

export const claudeAi = mirroredSource({ id: 'claude-ai', identifies: 'nothing', defaultRoots: () => [], read: readItem, text: textOf });

function readItem(item: JsonObject, _observedMs: number, facts: LineFacts, state: OwnSession): void {
  const conversation = objectOf(item['conversation']);
  const message = objectOf(item['message']);
  if (conversation !== null) readConversation(conversation, facts);
  else if (message !== null) readMessage(message, facts, state);
}

function readConversation(conversation: JsonObject, facts: LineFacts): void {
  facts.type = 'conversation';
  facts.ts = timeOf(conversation['created_at']);
  const title = stringOf(conversation['name']);
  if (title !== null) facts.title = { rank: TITLE_RANK.generated, title };
}

function readMessage(message: JsonObject, facts: LineFacts, state: OwnSession): void {
  facts.type = 'message';
  facts.ts = timeOf(message['created_at']);
  facts.role = ROLES.get(message['sender']) ?? null;
  tellTools(message['content'], facts);
  if (facts.role === 'user') tellPrompt(facts, state, messageText(message));
}

/** Newer exports have content blocks, older ones the text alone; both where the text is a rendering. */
function messageText(message: JsonObject): string | null {
  return joined(contentTexts(message['content'])) ?? stringOf(message['text']);
}

function textOf(item: JsonObject): string | null {
  const message = objectOf(item['message']);
  return message === null ? stringOf(objectOf(item['conversation'])?.['name']) : messageText(message);
}
