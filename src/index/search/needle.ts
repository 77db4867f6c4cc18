// What is searched for, in three forms: signs that whole blocks are gone through for, a pattern over the raw bytes of a
// line that lets through every line which may have it, whatever way its JSON is escaped, and the text itself, which
// decides. The pattern is the longest word alone: of what stands around it the raw line may differ (escapes, blanks of
// JSON in texts).

import { fold, hexOf, variantsOf } from './letters.ts';
import { signsOf } from './signs.ts';
import type { Sign } from './signs.ts';

/** Characters of ASCII that a writer escaped without need: then no plain form has to be there. */
const ESCAPED_ASCII = /\\u00[2-7]/;

export class Needle {
  /** A line in which none of these stands, and no escaped character of ASCII, cannot have it. Null where nothing is known of lines. */
  readonly signs: readonly Sign[] | null;
  /** Folded. */
  private readonly text: string;
  /** Null where there is no word in it: then every line is looked at. */
  private readonly pattern: RegExp | null;

  constructor(q: string) {
    this.text = fold(q);
    const words = q.match(/[\p{L}\p{N}]+/gu) ?? [];
    const longest = words.toSorted((a, b) => b.length - a.length)[0];
    this.signs = longest === undefined ? null : signsOf(fold(longest));
    this.pattern = longest === undefined ? null : new RegExp([...longest].map(formsOf).join(''));
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
  const forms = variantsOf(character).flatMap((variant) => (variant < '\u0080' ? [eitherCase(variant)] : [utf8Of(variant), escapesOf(variant)]));
  return forms.length === 1 ? (forms[0] as string) : `(?:${forms.join('|')})`;
}

/** Of ASCII, letters and digits only. */
function eitherCase(text: string): string {
  return text.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

function utf8Of(character: string): string {
  return [...Buffer.from(character, 'utf8')].map((byte) => `\\x${byte.toString(16)}`).join('');
}

/** In a JSON text within a JSON text the backslash is escaped itself. */
function escapesOf(character: string): string {
  return hexOf(character).map((digits) => `\\\\+u${eitherCase(digits)}`).join('');
}
