// The text of messages made of Anthropic's content blocks, which several agents write.

import type { JsonObject, LineFacts } from './adapter.ts';
import { arrayOf, objectOf, objectsOf, stringOf } from './json-value.ts';

/** Content is a text or a list of blocks. */
export function contentTexts(content: unknown): string[] {
  if (typeof content === 'string') return [content];
  return arrayOf(content).flatMap((block) => blockTexts(objectOf(block)));
}

function blockTexts(block: JsonObject | null): string[] {
  if (block === null) return [];
  if (block['type'] === 'tool_use') return [toolText(objectOf(block['input']) ?? {})];
  if (block['type'] === 'tool_result') return contentTexts(block['content']);
  const text = stringOf(block['text']) ?? stringOf(block['thinking']);
  return text === null ? [] : [text];
}

/** The inputs that say most about a call, in this order. */
export const TELLING = ['command', 'cmd', 'file_path', 'path', 'pattern', 'query', 'url', 'description', 'prompt', 'message'];

export function toolText(input: JsonObject): string {
  const telling = TELLING.map((name) => stringOf(input[name])).find((text) => text !== null);
  return telling ?? JSON.stringify(input);
}

/** Null where there is no text at all. */
export function joined(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : texts.join('\n');
}

/** The tool calls and results among a message's blocks. */
export function tellTools(content: unknown, facts: LineFacts): void {
  for (const block of objectsOf(content)) {
    if (block['type'] === 'tool_use') facts.tools.push({ id: stringOf(block['id']), name: stringOf(block['name']) ?? 'unknown' });
    if (block['type'] !== 'tool_result') continue;
    const isError = block['is_error'] === true;
    facts.toolResults.push({ id: stringOf(block['tool_use_id']), is_error: isError });
    if (isError) facts.error = true;
  }
}
