// Amp's threads: one JSON document each, rewritten as the thread goes on.

import type { DocumentItem, DocumentReader, DocumentSource } from '../document.ts';
import { besides, elementsOf } from '../json-document.ts';
import { objectOf } from '../json-value.ts';

export const ampDocuments: DocumentSource = { id: 'amp', besides: [], accepts: (path) => /(^|\/)T-[^/]+\.json$/.test(path), items };

async function* items(path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  const log = `${path}l`;
  const head = objectOf(await besides(document.bytes(), ['messages', 'usageLedger']));
  if (head !== null) yield { log, key: 'thread', value: { thread: head } };
  let n = 0;
  for await (const element of elementsOf(document.bytes(), 'messages')) {
    const message = objectOf(element);
    const id = message?.['messageId'] ?? message?.['id'] ?? n;
    n += 1;
    if (message !== null) yield { log, key: `message:${String(id)}`, value: { message } };
  }
  return null;
}
