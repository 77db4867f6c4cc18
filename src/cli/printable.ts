// Makes text of unknown origin safe and fit for one line of a terminal. Logs hold what an agent saw:
// nothing in them may move the cursor, change a title, ring a bell or turn the reading direction.

// C0, DEL, C1, the line separators, and the marks that reorder text.
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

// Colours, as tools print them: without them the text reads better and means the same.
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const COLOUR = /\u001b\[[0-9;:]*m/g;

/** One line: colours go, runs of white space become a space, control characters become visible (`\x1b`). */
export function printable(text: string): string {
  return text.replaceAll(COLOUR, '').replaceAll(/\s+/g, ' ').trim().replaceAll(/\p{Cs}/gu, '\ufffd').replaceAll(UNSAFE, visible);
}

/** As `printable`, for the beginning of a text that may be very long: never looks beyond `maxChars`. */
export function printableStart(text: string, maxChars: number): string {
  return text.length <= maxChars ? printable(text) : `${printable(text.slice(0, maxChars))}…`;
}

/** Keeps line breaks; for messages of several lines. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map((line) => line.replaceAll(/\p{Cs}/gu, '\ufffd').replaceAll(UNSAFE, visible)).join('\n');
}

function visible(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
