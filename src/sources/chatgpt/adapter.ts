// ChatGPT: mirrored conversations and messages of an export. It tells no usage.

import { safeId } from '../../core/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts, SourceAdapter } from '../adapter.ts';
import { joined } from '../blocks.ts';
import { arrayOf, objectOf, stringOf } from '../json-value.ts';
import { mirroredItem } from '../mirrored.ts';
import { beginSession, placeLine, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';
import { tellVersion } from '../versions.ts';

export const chatgpt: SourceAdapter<OwnSession> = {
  id: 'chatgpt',
  defaultRoots: () => [],
  accepts: (path) => (/^[^/]+\.jsonl$/.test(path) ? 'source' : 'other'),
  describe: (_root, path) => ({ project: 'chatgpt', session: safeId(path.replace(/\.jsonl$/, '')), certain: true, agent: null }),
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
  if (conversation !== null) {
    facts.type = 'conversation';
    facts.ts = msOf(conversation['create_time']);
    const title = stringOf(conversation['title']);
    if (title !== null) facts.title = { rank: TITLE_RANK.generated, title };
  } else if (message !== null) {
    readMessage(message, facts, state);
    const parent = stringOf(mirrored.item['parent']);
    facts.parentUuid = parent === null ? null : `message:${parent}`;
  }
  tellVersion(facts, state.versions);
}

function readMessage(message: JsonObject, facts: LineFacts, state: OwnSession): void {
  const content = objectOf(message['content']);
  facts.type = stringOf(content?.['content_type']) ?? 'message';
  facts.ts = msOf(message['create_time']);
  facts.role = stringOf(objectOf(message['author'])?.['role']);
  facts.model = stringOf(objectOf(message['metadata'])?.['model_slug']);
  // A call goes to a tool; what comes from one is its result.
  const recipient = stringOf(message['recipient']);
  if (facts.role === 'assistant' && recipient !== null && recipient !== 'all') facts.tools.push({ id: stringOf(message['id']), name: recipient });
  if (facts.role === 'tool') facts.toolResults.push({ id: null, is_error: false });
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
