// What is shown of a text that has what was searched for.

const BEFORE = 60;
const AFTER = 180;
/** Places counted in one text. */
const PLACES_MAX = 1000;
/** So much text without the words halves the score. */
const HALF_CHARACTERS = 2000;

export interface Found {
  snippet: string;
  highlights: [from: number, to: number][];
  score: number;
}

interface Places {
  placesIn(text: string, most: number): number[];
  readonly length: number;
}

/** Null where the text does not have it. */
export function found(needle: Places, text: string): Found | null {
  const places = needle.placesIn(text, PLACES_MAX);
  const [first] = places;
  if (first === undefined) return null;
  const from = first <= BEFORE ? 0 : wholeCharacter(text, first - BEFORE);
  const to = Math.min(text.length, wholeCharacter(text, Math.max(first + needle.length, from + BEFORE + AFTER)));
  const lead = from > 0 ? '…' : '';
  const inside = places.filter((at) => at + needle.length <= to);
  return {
    snippet: `${lead}${text.slice(from, to)}${to < text.length ? '…' : ''}`,
    highlights: inside.map((at) => [at - from + lead.length, at - from + lead.length + needle.length]),
    score: Math.round((places.length / (places.length + text.length / HALF_CHARACTERS)) * 1e4) / 1e4,
  };
}

/** Not between the two halves of a character. */
function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
