// Lines on which a writer lost a newline: `{…}{…}`. The objects are told apart by brace depth outside
// strings; each piece is later parsed on its own, so a wrong cut can only lead to a reject.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

export interface Piece {
  start: number;
  end: number;
}

/** Pieces that together cover the whole line; one piece where nothing is glued. */
export function splitGlued(line: Uint8Array): Piece[] {
  const pieces: Piece[] = [];
  let depth = 0;
  let inString = false;
  let start = 0;
  for (let i = 0; i < line.length; i++) {
    const byte = line[i];
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN) {
      if (depth === 0 && pieces.length > 0) closeGap(pieces, i);
      if (depth === 0) start = pieces.length === 0 ? 0 : i;
      depth += 1;
    } else if (byte === CLOSE) {
      depth -= 1;
      if (depth === 0) pieces.push({ start, end: i + 1 });
      if (depth < 0) break;
    }
  }
  const last = pieces.at(-1);
  if (last === undefined) return [{ start: 0, end: line.length }];
  if (depth !== 0 || inString) pieces.push({ start: last.end, end: line.length });
  else last.end = line.length;
  return pieces;
}

/** Bytes between two objects belong to the one before. */
function closeGap(pieces: Piece[], end: number): void {
  const last = pieces.at(-1);
  if (last !== undefined) last.end = end;
}
