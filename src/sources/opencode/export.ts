// `opencode export`: one session with its messages, as one document.

import type { DocumentItem, DocumentReader, DocumentSource } from '../document.ts';
import { besides, elementsOf } from '../json-document.ts';
import { objectOf, stringOf } from '../json-value.ts';
import { logOf } from './log.ts';

export const opencodeExport: DocumentSource = { id: 'opencode', besides: [], accepts: (path) => path.endsWith('.json'), items };

async function* items(_path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  const head = objectOf(await besides(document.bytes(), ['messages']));
  const session = objectOf(head?.['info']);
  const id = stringOf(session?.['id']);
  if (session === null || id === null) return null;
  const log = logOf(id, stringOf(session['parentID']));
  yield { log, key: `session:${id}`, value: { session } };
  let n = 0;
  for await (const element of elementsOf(document.bytes(), 'messages')) {
    const message = objectOf(element);
    n += 1;
    if (message !== null) yield { log, key: `message:${stringOf(objectOf(message['info'])?.['id']) ?? n}`, value: message };
  }
  return null;
}
