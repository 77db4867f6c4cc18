// The readable text of a line of pi, whatever its type.

import type { JsonObject } from '../adapter.ts';
import { joined, toolText } from '../blocks.ts';
import { arrayOf, objectOf, stringOf } from '../json-value.ts';

export function textOfLine(value: JsonObject): string | null {
  const message = objectOf(value['message']);
  if (message !== null) return messageText(message);
  return joined(contentTexts(value['content'])) ?? stringOf(value['summary']) ?? stringOf(value['name']) ?? stringOf(value['title']) ?? stringOf(value['task']);
}

function messageText(message: JsonObject): string | null {
  if (message['role'] !== 'bashExecution') return joined(contentTexts(message['content']));
  return joined([stringOf(message['command']), stringOf(message['output'])].filter((text) => text !== null));
}

export function contentTexts(content: unknown): string[] {
  const text = stringOf(content);
  return text === null ? arrayOf(content).flatMap((block) => blockTexts(objectOf(block))) : [text];
}

function blockTexts(block: JsonObject | null): string[] {
  if (block === null) return [];
  if (block['type'] === 'toolCall') return [toolText(objectOf(block['arguments']) ?? {})];
  const text = stringOf(block['text']) ?? stringOf(block['thinking']);
  return text === null ? [] : [text];
}
