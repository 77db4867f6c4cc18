// How many bytes a text takes as JSON, without making it.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** In UTF-8, at most; more than it takes only for surrogates, half of which may stand alone. */
export function jsonBytes(text: string | null): number {
  if (text === null) return 0;
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) {
      if (code === QUOTE || code === BACKSLASH) bytes += 1;
      else if (code < 0x20) bytes += 5;
    } else if (code < 0x800) bytes += 1;
    else bytes += code >= 0xd800 && code < 0xe000 ? 5 : 2;
  }
  return bytes;
}
