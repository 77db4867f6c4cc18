// Claude.ai: mirrored conversations and messages of an export. It tells no usage.

import { safeId } from '../../core/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts, SourceAdapter } from '../adapter.ts';
import { contentTexts, joined } from '../blocks.ts';
import { objectOf, objectsOf, stringOf, timeOf } from '../json-value.ts';
import { mirroredItem } from '../mirrored.ts';
import { beginSession, placeLine, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';
import { tellVersion } from '../versions.ts';

const ROLES: Readonly<Record<string, string>> = { human: 'user', assistant: 'assistant' };

export const claudeAi: SourceAdapter<OwnSession> = {
  id: 'claude-ai',
  defaultRoots: () => [],
  accepts: (path) => (/^[^/]+\.jsonl$/.test(path) ? 'source' : 'other'),
  describe: (_root, path) => ({ project: 'claude-ai', session: safeId(path.replace(/\.jsonl$/, '')), certain: true, agent: null }),
  begin: beginSession,
  versions: true,
  shape: () => null,
  line: readLine,
  text: (value) => textOf(mirroredItem(value)?.item ?? value),
};

function readLine(value: JsonObject, facts: LineFacts, state: OwnSession): void {
  placeLine(facts, state, null);
  const mirrored = mirroredItem(value);
  if (mirrored === null) return;
  facts.uuid = mirrored.key;
  const conversation = objectOf(mirrored.item['conversation']);
  const message = objectOf(mirrored.item['message']);
  if (conversation !== null) readConversation(conversation, facts);
  else if (message !== null) readMessage(message, facts, state);
  tellVersion(facts, state.versions);
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
  facts.role = ROLES[stringOf(message['sender']) ?? ''] ?? null;
  for (const block of objectsOf(message['content'])) {
    if (block['type'] === 'tool_use') facts.tools.push({ id: stringOf(block['id']), name: stringOf(block['name']) ?? 'unknown' });
    if (block['type'] === 'tool_result') facts.toolResults.push({ id: stringOf(block['tool_use_id']), is_error: block['is_error'] === true });
  }
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
