// Walking the bytes of a JSON object in one pass, without parsing it: strings are checked and jumped over,
// and only members that were asked for are looked at. It decides less than JSON.parse does. Whoever walks
// gives it only lines that were indexed, so that their structure is known to be sound, and parses the line
// after all wherever it answers NOT_UNDERSTOOD: a key with an escape or told twice, a string that is none or has
// half a surrogate pair.

export const NOT_UNDERSTOOD = -1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;
const UNICODE_ESCAPE = 0x75;
/** A backslash, a u and four digits. */
const ESCAPE_BYTES = 6;
const DIGIT_8 = 0x38;
const [LETTER_C, LETTER_D, LETTER_F] = [0x63, 0x64, 0x66];
const LOWER_CASE = 0x20;

const SHORT_ESCAPES = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) SHORT_ESCAPES[byte] = 1;
const HEX_DIGITS = new Uint8Array(256);
for (const byte of Buffer.from('0123456789abcdefABCDEF')) HEX_DIGITS[byte] = 1;

/** Takes the value that begins at `start`, of the key with this number, and gives the position behind it, or NOT_UNDERSTOOD. */
export type Visit = (key: number, start: number) => number;

/** The keys that are asked for, at most 31, as bytes; numbered in their order. */
export class Keys {
  private readonly names: readonly Uint8Array[];
  /** Most keys of a line are none of them, and few have the same length. */
  private readonly byLength: readonly (readonly number[] | undefined)[];

  constructor(names: readonly string[]) {
    this.names = names.map((name) => Buffer.from(name));
    const byLength: number[][] = [];
    this.names.forEach((name, i) => (byLength[name.length] ??= []).push(i));
    this.byLength = byLength;
  }

  /** -1 for a key that is not asked for. */
  numberOf(bytes: Uint8Array, start: number, end: number): number {
    const candidates = this.byLength[end - start];
    if (candidates === undefined) return -1;
    for (const i of candidates) if (startsWith(bytes, start, this.names[i] as Uint8Array)) return i;
    return -1;
  }
}

export function startsWith(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

export function skipSpace(bytes: Uint8Array, at: number): number {
  let i = at;
  while ((bytes[i] as number) <= SPACE) i += 1;
  return i;
}

/**
 * `at`: the opening quote. The position behind the closing one. Most bytes of a line are in strings, so four
 * are looked at together: subtracting borrows into the top bit of a byte that is too small, which after the
 * XOR is a quote or a backslash, and as it is a control character. The lowest bit set tells the first.
 */
export function skipString(bytes: Uint8Array, at: number): number {
  const words = viewOf(bytes);
  const base = bytes.byteOffset;
  const lastWord = bytes.length - 4;
  let i = at + 1;
  for (;;) {
    for (; i <= lastWord; i += 4) {
      const word = words.getInt32(base + i, true);
      const quotes = word ^ 0x22222222;
      const backslashes = word ^ 0x5c5c5c5c;
      const found = (((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes) | ((word - 0x20202020) & ~word)) & 0x80808080;
      if (found === 0) continue;
      i += (31 - Math.clz32(found & -found)) >> 3;
      break;
    }
    const byte = bytes[i++] as number;
    if (byte === QUOTE) return i;
    if (byte === BACKSLASH) {
      const escape = bytes[i++] as number;
      if (escape === UNICODE_ESCAPE) {
        for (const end = i + 4; i < end; i++) if (HEX_DIGITS[bytes[i] as number] !== 1) return NOT_UNDERSTOOD;
        if (isSurrogate(bytes, i - 4)) {
          if (!isPair(bytes, i - 4)) return NOT_UNDERSTOOD;
          i += ESCAPE_BYTES;
        }
      } else if (SHORT_ESCAPES[escape] !== 1) return NOT_UNDERSTOOD;
      // Where the bytes end there is no byte, which is not above a space either.
    } else if (!(byte >= SPACE)) return NOT_UNDERSTOOD;
  }
}

/** `at`: the four digits of an escape. */
function isSurrogate(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at] as number) | LOWER_CASE) === LETTER_D && (bytes[at + 1] as number) >= DIGIT_8;
}

/** Whether the surrogate whose digits are here is a high one, and a low one follows: any other is no character. */
function isPair(bytes: Uint8Array, at: number): boolean {
  const low = at + ESCAPE_BYTES;
  if (isLow(bytes, at) || bytes[low - 2] !== BACKSLASH || bytes[low - 1] !== UNICODE_ESCAPE) return false;
  return isSurrogate(bytes, low) && isLow(bytes, low) && HEX_DIGITS[bytes[low + 2] as number] === 1 && HEX_DIGITS[bytes[low + 3] as number] === 1;
}

function isLow(bytes: Uint8Array, at: number): boolean {
  const second = (bytes[at + 1] as number) | LOWER_CASE;
  return second >= LETTER_C && second <= LETTER_F;
}

/** `at`: behind the opening quote, of a string that is mostly short. The position behind the closing one; NOT_UNDERSTOOD where there is an escape. */
function skipPlainString(bytes: Uint8Array, at: number): number {
  let i = at;
  for (;;) {
    const byte = bytes[i++] as number;
    if (byte === QUOTE) return i;
    if (byte === BACKSLASH || !(byte >= SPACE)) return NOT_UNDERSTOOD;
  }
}

let viewed: Uint8Array = new Uint8Array();
let view = new DataView(viewed.buffer);

/** Asked for with each string of a line: even looking up its buffer would be felt. */
function viewOf(bytes: Uint8Array): DataView {
  if (bytes !== viewed) {
    if (bytes.buffer !== view.buffer) view = new DataView(bytes.buffer);
    viewed = bytes;
  }
  return view;
}

/** `at`: the value's first byte. The position behind its last one. */
export function skipValue(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return skipString(bytes, at);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return skipScalar(bytes, at);
  let depth = 0;
  let i = at;
  do {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = skipString(bytes, i);
      if (i === NOT_UNDERSTOOD) return i;
      continue;
    }
    if (byte === undefined) return NOT_UNDERSTOOD;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    i += 1;
  } while (depth > 0);
  return i;
}

function skipScalar(bytes: Uint8Array, at: number): number {
  let i = at;
  for (;;) {
    const byte = bytes[i];
    if (byte === undefined || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte <= SPACE) return i === at ? NOT_UNDERSTOOD : i;
    i += 1;
  }
}

/** Visits the members with these keys of the object at `at`, its brace. The position behind it. */
export function walkObject(bytes: Uint8Array, at: number, keys: Keys, visit: Visit): number {
  if (bytes[at] !== OPEN_OBJECT) return NOT_UNDERSTOOD;
  let i = skipSpace(bytes, at + 1);
  if (bytes[i] === CLOSE_OBJECT) return i + 1;
  let seen = 0;
  for (;;) {
    if (bytes[i] !== QUOTE) return NOT_UNDERSTOOD;
    const keyStart = i + 1;
    i = skipPlainString(bytes, keyStart);
    if (i === NOT_UNDERSTOOD) return NOT_UNDERSTOOD;
    const key = keys.numberOf(bytes, keyStart, i - 1);
    i = skipSpace(bytes, i);
    if (bytes[i] !== COLON) return NOT_UNDERSTOOD;
    i = skipSpace(bytes, i + 1);
    if (key === -1) i = skipValue(bytes, i);
    else {
      if ((seen & (1 << key)) !== 0) return NOT_UNDERSTOOD;
      seen |= 1 << key;
      i = visit(key, i);
    }
    if (i === NOT_UNDERSTOOD) return i;
    i = skipSpace(bytes, i);
    if (bytes[i] === CLOSE_OBJECT) return i + 1;
    if (bytes[i] !== COMMA) return NOT_UNDERSTOOD;
    i = skipSpace(bytes, i + 1);
  }
}

/** Visits the items of the array at `at`, its bracket. The position behind it. */
export function walkArray(bytes: Uint8Array, at: number, visit: (start: number) => number): number {
  let i = skipSpace(bytes, at + 1);
  if (bytes[i] === CLOSE_ARRAY) return i + 1;
  for (;;) {
    i = visit(i);
    if (i === NOT_UNDERSTOOD) return i;
    i = skipSpace(bytes, i);
    if (bytes[i] === CLOSE_ARRAY) return i + 1;
    if (bytes[i] !== COMMA) return NOT_UNDERSTOOD;
    i = skipSpace(bytes, i + 1);
  }
}

export function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === BACKSLASH) return true;
  return false;
}

export function isString(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === QUOTE;
}

export function isObject(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === OPEN_OBJECT;
}

export function isArray(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === OPEN_ARRAY;
}
