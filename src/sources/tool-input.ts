// A tool call in one line: the input that says most about it, else all of it.

import type { JsonObject } from './adapter.ts';
import { stringOf } from './json-value.ts';

/** In this order. */
const TELLING = ['command', 'cmd', 'file_path', 'path', 'pattern', 'query', 'url', 'description', 'prompt', 'message'];

export function tellingInput(input: JsonObject): string {
  const telling = TELLING.map((name) => stringOf(input[name])).find((text) => text !== null);
  return telling ?? JSON.stringify(input);
}
