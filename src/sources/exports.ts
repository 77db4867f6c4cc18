// What people can download about themselves: which export a document is, by how it begins.

import { chatgptDocuments } from './chatgpt/documents.ts';
import { claudeAiDocuments } from './claude-ai/documents.ts';
import type { DocumentSource } from './document.ts';
import { opencodeExport } from './opencode/export.ts';

/** Enough to meet the first key that only one of them has. */
export const EXPORT_HEAD_BYTES = 256 * 1024;

export const EXPORT_NAMES = 'conversations.json of Claude.ai or ChatGPT, or what "opencode export" wrote';

/** The sources whose sessions can come from exports. */
export const EXPORT_SOURCES = [claudeAiDocuments, chatgptDocuments, opencodeExport].map((documents) => documents.id);

/** Null where it is none that is known. */
export function exportOf(head: string): DocumentSource | null {
  const text = head.trimStart();
  if (text.startsWith('[')) {
    if (/"chat_messages"\s*:/.test(text)) return claudeAiDocuments;
    return /"mapping"\s*:/.test(text) ? chatgptDocuments : null;
  }
  return text.startsWith('{') && /"info"\s*:/.test(text) && /"(sessionID|projectID|directory)"\s*:/.test(text) ? opencodeExport : null;
}
