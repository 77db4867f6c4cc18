// Telling what a human typed from what Claude Code generated under the user's role.

import type { JsonObject } from '../adapter.ts';
import { arrayOf, objectOf, stringOf } from '../json-value.ts';

const GENERATED = /^\s*(<command-|<local-command-|<task-notification>|<ide_|<system-reminder>|<bash-|Caveat: |\[Request interrupted)/;

const RENAME = /^\s*<command-name>\/rename<\/command-name>[^]*?<command-args>([^<]*)<\/command-args>/;

/** The text of a human prompt, or null where the line is none. */
export function promptText(value: JsonObject): string | null {
  if (value['type'] === 'attachment') return queuedText(value);
  if (value['type'] !== 'user' || value['isMeta'] === true || value['isCompactSummary'] === true) return null;
  if (value['isSidechain'] === true || value['toolUseResult'] !== undefined) return null;
  return typedText(objectOf(value['message'])?.['content']);
}

/** Typed while the agent was at work, and handed to it then. */
function queuedText(value: JsonObject): string | null {
  const attachment = objectOf(value['attachment']);
  if (attachment?.['type'] !== 'queued_command' || (attachment['commandMode'] ?? 'prompt') !== 'prompt') return null;
  return attachment['isMeta'] === true || value['isSidechain'] === true ? null : typedText(attachment['prompt']);
}

function typedText(content: unknown): string | null {
  const text = typeof content === 'string' ? content : blocksText(arrayOf(content));
  return text === null || text.trim() === '' || GENERATED.test(text) ? null : text;
}

/** What the user called the session by a command. */
export function renamedTo(content: unknown): string | null {
  return typeof content === 'string' ? stringOf(RENAME.exec(content)?.[1]) : null;
}

function blocksText(blocks: readonly unknown[]): string | null {
  const texts: string[] = [];
  for (const block of blocks) {
    const type = objectOf(block)?.['type'];
    if (type === 'tool_result') return null;
    const text = type === 'text' ? stringOf(objectOf(block)?.['text']) : null;
    if (text !== null && !GENERATED.test(text)) texts.push(text);
  }
  return texts.length === 0 ? null : texts.join('\n');
}
