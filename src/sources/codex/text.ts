// The readable text of a Codex line, whatever its type.

import type { JsonObject } from '../adapter.ts';
import { joined, toolText } from '../blocks.ts';
import { arrayOf, objectOf, stringOf } from '../json-value.ts';

export function textOfLine(value: JsonObject): string | null {
  const payload = objectOf(value['payload']) ?? value;
  switch (payload['type']) {
    case 'function_call':
    case 'tool_search_call':
      return argumentsText(payload['arguments']);
    case 'function_call_output':
    case 'custom_tool_call_output':
      return outputText(payload['output']);
    case 'custom_tool_call':
      return stringOf(payload['input']);
    case 'local_shell_call':
      return commandText(objectOf(payload['action'])?.['command']);
    case 'web_search_call':
      return tellingOf(payload['action']);
    case 'reasoning':
      return joined([...blockTexts(payload['summary']), ...blockTexts(payload['content'])]);
    default:
      return joined(blockTexts(payload['content'])) ?? stringOf(payload['message']) ?? stringOf(payload['text']) ?? stringOf(payload['last_agent_message']);
  }
}

/** A text, or the texts of a list of blocks. */
export function blockTexts(content: unknown): string[] {
  const text = stringOf(content);
  if (text !== null) return [text];
  return arrayOf(content).flatMap((block) => stringOf(objectOf(block)?.['text']) ?? []);
}

/** Arguments are JSON in a string; a broken one shows as it is. */
function argumentsText(told: unknown): string | null {
  const text = stringOf(told);
  if (text === null) return tellingOf(told);
  return tellingOf(parsed(text)) ?? text;
}

/** The output alone, or wrapped in JSON together with its exit code. */
function outputText(told: unknown): string | null {
  const text = stringOf(told);
  if (text === null) return joined(blockTexts(objectOf(told)?.['content'] ?? told));
  return text.startsWith('{') ? (stringOf(objectOf(parsed(text))?.['output']) ?? text) : text;
}

function tellingOf(input: unknown): string | null {
  const fields = objectOf(input);
  if (fields === null) return null;
  return commandText(fields['command']) ?? toolText(fields);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** A command as a list of words. */
function commandText(command: unknown): string | null {
  const words = arrayOf(command).flatMap((word) => stringOf(word) ?? []);
  return words.length === 0 ? null : words.join(' ');
}
