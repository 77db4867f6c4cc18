// Gemini CLI's older sessions: one JSON document each, rewritten after every turn.

import type { DocumentItem, DocumentReader, DocumentSource } from '../document.ts';
import { besides, elementsOf } from '../json-document.ts';
import { objectOf, stringOf } from '../json-value.ts';
import { isDocument } from './path.ts';

export const geminiDocuments: DocumentSource = { id: 'gemini', besides: [], accepts: isDocument, items };

async function* items(path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  const log = `${path}l`;
  const head = objectOf(await besides(document.bytes(), ['messages', 'lastUpdated']));
  if (head !== null) yield { log, key: 'session', value: head };
  let n = 0;
  for await (const element of elementsOf(document.bytes(), 'messages')) {
    const value = objectOf(element);
    n += 1;
    if (value !== null) yield { log, key: `message:${stringOf(value['id']) ?? n}`, value };
  }
  return null;
}
