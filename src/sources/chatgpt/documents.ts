// ChatGPT's export: conversations.json, a list of conversations, each a tree of messages by id.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { JsonObject } from '../adapter.ts';
import type { DocumentItem, DocumentReader, DocumentSource } from '../document.ts';
import { elementsOf } from '../json-document.ts';
import { objectOf, stringOf } from '../json-value.ts';

export const chatgptDocuments: DocumentSource = { id: 'chatgpt', besides: [], accepts: (path) => path.endsWith('.json'), items };

async function* items(_path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  for await (const element of elementsOf(document.bytes(), null)) {
    const conversation = objectOf(element);
    const id = stringOf(conversation?.['conversation_id']) ?? stringOf(conversation?.['id']);
    if (conversation === null || id === null) continue;
    const log = `${safeId(id)}.jsonl`;
    const { mapping, ...head } = conversation;
    yield { log, key: `conversation:${id}`, value: { conversation: head } };
    for (const [node, message, parent] of inTimeOrder(objectOf(mapping) ?? {})) yield { log, key: `message:${node}`, value: { message, parent } };
  }
  return null;
}

/** Nodes with a message. Times may be absent: such a message stays behind the one before it. */
function inTimeOrder(mapping: JsonObject): [node: string, message: JsonObject, parent: string | null][] {
  let last = 0;
  const timed = Object.entries(mapping).flatMap(([node, value]) => {
    const message = objectOf(objectOf(value)?.['message']);
    if (message === null) return [];
    last = typeof message['create_time'] === 'number' ? message['create_time'] : last;
    return [{ at: last, node, message, parent: stringOf(objectOf(value)?.['parent']) }];
  });
  return timed.toSorted((a, b) => a.at - b.at).map(({ node, message, parent }) => [node, message, parent]);
}
