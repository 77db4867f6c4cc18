// Claude.ai's export: conversations.json, a list of conversations with their messages.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { DocumentItem, DocumentReader, DocumentSource } from '../document.ts';
import { elementsOf } from '../json-document.ts';
import { objectOf, objectsOf, stringOf } from '../json-value.ts';

export const claudeAiDocuments: DocumentSource = { id: 'claude-ai', besides: [], accepts: (path) => path.endsWith('.json'), items };

async function* items(_path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  for await (const element of elementsOf(document.bytes(), null)) {
    const conversation = objectOf(element);
    const id = stringOf(conversation?.['uuid']);
    if (conversation === null || id === null) continue;
    const log = `${safeId(id)}.jsonl`;
    const { chat_messages: messages, ...head } = conversation;
    yield { log, key: `conversation:${id}`, value: { conversation: head } };
    for (const [n, message] of objectsOf(messages).entries()) yield { log, key: `message:${stringOf(message['uuid']) ?? n}`, value: { message } };
  }
  return null;
}
