// The readable text of a Copilot CLI line, whatever its type.

import type { JsonObject } from '../adapter.ts';
import { joined, toolText } from '../blocks.ts';
import { arrayOf, objectOf, stringOf } from '../json-value.ts';

export function textOfLine(value: JsonObject): string | null {
  const data = objectOf(value['data']);
  if (data === null) return null;
  switch (value['type']) {
    case 'assistant.message':
      return joined([stringOf(data['reasoningText']), stringOf(data['content']), ...arrayOf(data['toolRequests']).map((request) => requestText(objectOf(request)))].filter((text) => text !== null));
    case 'tool.execution_start':
      return argumentsText(data['arguments']);
    case 'tool.execution_complete':
      return resultText(data);
    case 'session.start':
    case 'session.shutdown':
    case 'hook.start':
    case 'hook.end':
      return null;
    default:
      return ['content', 'message', 'summaryContent', 'title', 'agentDescription', 'fullCommandText', 'reason'].map((name) => stringOf(data[name])).find((text) => text !== null) ?? null;
  }
}

function resultText(data: JsonObject): string | null {
  const result = objectOf(data['result']);
  const error = data['error'];
  return (
    stringOf(result?.['content']) ?? stringOf(result?.['detailedContent']) ?? stringOf(result?.['text_result_for_llm']) ?? stringOf(data['result']) ??
    stringOf(objectOf(error)?.['message']) ?? stringOf(error)
  );
}

function requestText(request: JsonObject | null): string | null {
  return request === null ? null : argumentsText(request['arguments']);
}

/** An object, or its JSON. */
function argumentsText(told: unknown): string | null {
  const input = argumentsOf(told);
  return input === null ? stringOf(told) : toolText(input);
}

export function argumentsOf(told: unknown): JsonObject | null {
  const text = stringOf(told);
  try {
    return objectOf(text === null ? told : JSON.parse(text));
  } catch {
    return null;
  }
}
