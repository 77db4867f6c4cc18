// The readable text of a Claude Code line, whatever its type.

import type { JsonObject } from '../adapter.ts';
import { arrayOf, objectOf, stringOf } from '../json-value.ts';

export function textOfLine(value: JsonObject): string | null {
  const message = objectOf(value['message']);
  if (message !== null) return joined(contentTexts(message['content']));
  return (
    stringOf(value['content']) ??
    stringOf(value['summary']) ??
    stringOf(value['customTitle']) ??
    stringOf(value['aiTitle']) ??
    stringOf(value['lastPrompt']) ??
    attachmentText(objectOf(value['attachment']))
  );
}

function attachmentText(attachment: JsonObject | null): string | null {
  if (attachment === null) return null;
  return stringOf(attachment['prompt']) ?? joined(contentTexts(attachment['content']));
}

function contentTexts(content: unknown): string[] {
  if (typeof content === 'string') return [content];
  return arrayOf(content).flatMap((block) => blockTexts(objectOf(block)));
}

function blockTexts(block: JsonObject | null): string[] {
  if (block === null) return [];
  if (block['type'] === 'tool_use') return [toolText(block)];
  if (block['type'] === 'tool_result') return contentTexts(block['content']);
  const text = stringOf(block['text']) ?? stringOf(block['thinking']);
  return text === null ? [] : [text];
}

/** The inputs that say most about a call, in this order. */
export const TELLING = ['command', 'file_path', 'path', 'pattern', 'query', 'url', 'description', 'prompt'];

function toolText(block: JsonObject): string {
  const input = objectOf(block['input']) ?? {};
  const telling = TELLING.map((name) => stringOf(input[name])).find((text) => text !== null);
  return telling ?? JSON.stringify(input);
}

function joined(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : texts.join('\n');
}
