import type { DocumentItem, DocumentReader, DocumentSource } from '../document.ts';
import { besides } from '../json-document.ts';
import { objectOf } from '../json-value.ts';

export const droidDocuments: DocumentSource = { id: 'droid', besides: [], accepts: (path) => path.endsWith('.settings.json'), items };

async function* items(path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  const value = objectOf(await besides(document.bytes(), []));
  if (value !== null) yield { log: `${path}l`, key: 'settings', value };
  return null;
}
