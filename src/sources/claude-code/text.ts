// The readable text of a Claude Code line, whatever its type.

import type { JsonObject } from '../adapter.ts';
import { contentTexts, joined } from '../blocks.ts';
import { objectOf, stringOf } from '../json-value.ts';

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
  const { prompt } = attachment;
  return stringOf(prompt) ?? joined(contentTexts(Array.isArray(prompt) ? prompt : attachment['content']));
}
