// Framing: where lines begin and end, on bytes alone. Only `\n` ends a line; U+2028, `\r` and
// invalid UTF-8 are content. What has no newline yet is nobody's line.

const NEWLINE = 0x0a;

/** The bytes up to and including the last newline: 0 where there is none. */
export function completeLength(bytes: Uint8Array): number {
  return bytes.lastIndexOf(NEWLINE) + 1;
}

/** Calls `line(start, end)` for each complete line; `end` excludes the newline. Returns the lines seen. */
export function eachLine(bytes: Uint8Array, line: (start: number, end: number) => void): number {
  let start = 0;
  let count = 0;
  for (;;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end === -1) return count;
    line(start, end);
    count += 1;
    start = end + 1;
  }
}
