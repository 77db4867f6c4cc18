// What is searched for, in two forms: a pattern over the raw bytes of a line that lets through every line
// which may have it, whatever way its JSON is escaped, and the text itself, which decides. The pattern is the
// longest word alone: of what stands around it the raw line may differ (escapes, blanks of JSON in texts).

/** Positions stay: a character that would become several is left as it is. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return (lower.length === text.length ? lower : [...text].map(lowerCharacter).join('')).replaceAll('ς', 'σ');
}

function lowerCharacter(character: string): string {
  const lower = character.toLowerCase();
  return lower.length === character.length ? lower : character;
}

/** Characters of ASCII that a writer escaped without need: then no plain form has to be there. */
const ESCAPED_ASCII = /\\u00[2-7]/;

export class Needle {
  /** Folded. */
  private readonly text: string;
  /** Null where there is no word in it: then every line is looked at. */
  private readonly pattern: RegExp | null;

  constructor(q: string) {
    this.text = fold(q);
    const words = q.match(/[\p{L}\p{N}]+/gu) ?? [];
    const longest = words.toSorted((a, b) => b.length - a.length)[0];
    this.pattern = longest === undefined ? null : new RegExp([...longest].map(formsOf).join(''), 'i');
  }

  /** False: the line's text does not have it. */
  mayBeIn(line: Uint8Array): boolean {
    if (this.pattern === null) return true;
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1');
    return this.pattern.test(bytes) || (bytes.includes('\\u00') && ESCAPED_ASCII.test(bytes));
  }

  /** Where it stands in a text, at most so many places. */
  placesIn(text: string, most: number): number[] {
    const folded = fold(text);
    const places: number[] = [];
    for (let at = folded.indexOf(this.text); at !== -1 && places.length < most; at = folded.indexOf(this.text, at + this.text.length)) places.push(at);
    return places;
  }

  get length(): number {
    return this.text.length;
  }
}

/** The bytes a character may have in a line, as a pattern over them: in either case, as UTF-8 or escaped. */
function formsOf(character: string): string {
  const variants = variantsOf(character);
  const forms = variants.flatMap((variant) => (variant < '\u0080' ? [variant] : [utf8Of(variant), escapesOf(variant)]));
  return forms.length === 1 ? (forms[0] as string) : `(?:${forms.join('|')})`;
}

function utf8Of(character: string): string {
  return [...Buffer.from(character, 'utf8')].map((byte) => `\\x${byte.toString(16)}`).join('');
}

/** In a JSON text within a JSON text the backslash is escaped itself. */
function escapesOf(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `\\\\+u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
}

/** Characters that are the same when folded, the ASCII ones once: the pattern ignores their case. */
function variantsOf(character: string): string[] {
  const folded = fold(character);
  upperCases ??= upperCaseOfUnits();
  const all = new Set([folded, character, folded.toUpperCase(), ...(upperCases.get(folded) ?? []), ...(folded === 'σ' ? ['ς'] : [])]);
  const ascii = [...all].filter((variant) => variant < '\u0080').slice(0, 1);
  return [...ascii, ...[...all].filter((variant) => variant >= '\u0080' && fold(variant) === folded)];
}

/** Several characters may become the same one. */
let upperCases: Map<string, string[]> | null = null;

function upperCaseOfUnits(): Map<string, string[]> {
  const units = new Map<string, string[]>();
  for (let code = 0x80; code <= 0xffff; code++) {
    const unit = String.fromCharCode(code);
    const lower = fold(unit);
    if (lower === unit) continue;
    const others = units.get(lower);
    if (others === undefined) units.set(lower, [unit]);
    else others.push(unit);
  }
  return units;
}
