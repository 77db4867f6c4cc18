// Amp's threads: one JSON document each, rewritten as the thread goes on.

import type { DocumentItem, DocumentReader, DocumentSource } from '../document.ts';
import { besides, elementsOf } from '../json-document.ts';
import { objectOf, stringOf } from '../json-value.ts';

export const ampDocuments: DocumentSource = { id: 'amp', besides: [], accepts: (path) => /(^|\/)T-[^/]+\.json$/.test(path), items };

async function* items(path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  // A thread is a session, wherever it lies below the root.
  const log = `${path.split('/').at(-1) ?? path}l`;
  const head = objectOf(await besides(document.bytes(), ['messages', 'usageLedger']));
  if (head !== null) yield { log, key: 'thread', value: { thread: head } };
  const told = new Set<string>();
  let n = 0;
  for await (const element of elementsOf(document.bytes(), 'messages')) {
    const message = objectOf(element);
    const id = String(message?.['messageId'] ?? message?.['id'] ?? n);
    n += 1;
    if (message === null) continue;
    if (objectOf(message['usage']) !== null) told.add(id);
    yield { log, key: `message:${id}`, value: { message } };
  }
  // Older threads tell tokens in a list of their own, some both ways.
  for await (const element of elementsOf(document.bytes(), 'usageLedger.events')) {
    const event = objectOf(element);
    const id = event === null ? null : (stringOf(event['id']) ?? String(event['toMessageId']));
    if (event !== null && !told.has(String(event['toMessageId']))) yield { log, key: `usage:${id}`, value: { event } };
  }
  return null;
}
