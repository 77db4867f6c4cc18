// Tools and their results as the JSON that a batch keeps. Written out by hand, as JSON.stringify would:
// it is the same text for a fraction of its cost, which on tool lines is that of the whole scan.

import type { ToolRef, ToolResultRef } from '../core/answers/record.ts';
import { wellFormed } from '../core/bytes/well-formed.ts';

/** Characters that JSON writes as they are. */
const PLAIN = /^[\w.:-]*$/;

export function toolsJson(tools: readonly ToolRef[]): string {
  let list = '';
  for (const { id, name } of tools) list += `${list === '' ? '[' : ','}{"id":${id === null ? 'null' : quoted(id)},"name":${quotedName(name)}}`;
  return `${list}]`;
}

export function toolResultsJson(results: readonly ToolResultRef[]): string {
  let list = '';
  for (const { id, is_error: isError } of results) list += `${list === '' ? '[' : ','}{"id":${id === null ? 'null' : quoted(id)},"is_error":${isError}}`;
  return `${list}]`;
}

let lastName = { text: '', json: '""' };

/** One tool is often used several times in a row. */
function quotedName(name: string): string {
  if (name !== lastName.text) lastName = { text: name, json: quoted(name) };
  return lastName.json;
}

/** A lone surrogate, which JSON.stringify would escape, is valid JSON for JavaScript alone. */
function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(wellFormed(text));
}
