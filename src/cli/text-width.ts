// How many columns a text takes on a terminal, and cutting and padding by columns. Works on what a
// reader sees as one sign (grapheme), so that a wide or combined sign is never cut in half.

const SIMPLE = /^[\u0020-\u007e\u00a1-\u02ff]*$/;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;

/** East Asian wide and fullwidth blocks (Unicode Annex 11). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], [0x2e80, 0x303e], [0x3041, 0x33ff], [0x3400, 0x4dbf], [0x4e00, 0x9fff], [0xa000, 0xa4cf], [0xa960, 0xa97f],
  [0xac00, 0xd7a3], [0xf900, 0xfaff], [0xfe10, 0xfe19], [0xfe30, 0xfe6f], [0xff00, 0xff60], [0xffe0, 0xffe6],
  [0x16fe0, 0x18aff], [0x1b000, 0x1b2ff], [0x1f200, 0x1f2ff], [0x20000, 0x3fffd],
];

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

function graphemeWidth(grapheme: string): number {
  if (ZERO.test(grapheme)) return 0;
  const point = grapheme.codePointAt(0) ?? 0;
  return EMOJI.test(grapheme) || WIDE.some(([from, to]) => point >= from && point <= to) ? 2 : 1;
}

export function textWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(text)) width += graphemeWidth(segment);
  return width;
}

/** At most `width` columns; what was cut shows as … at the end. */
export function cutEnd(text: string, width: number): string {
  if (width <= 0) return '';
  if (SIMPLE.test(text)) return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
  // No sign is narrower than it is long in the end: a bound keeps a huge text from being segmented whole.
  const start = text.slice(0, width * 16 + 64);
  let used = 0;
  let kept = '';
  for (const { segment } of graphemes(start)) {
    const next = used + graphemeWidth(segment);
    if (next > width) return `${dropLast(kept, used, width)}…`;
    kept += segment;
    used = next;
  }
  return start.length === text.length ? text : `${dropLast(kept, used, width)}…`;
}

/** At most `width` columns, keeping the end: for paths. */
export function cutStart(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const segments = [...graphemes(text.slice(-(width * 16 + 64)))].map(({ segment }) => segment);
  let used = 1;
  let kept = '';
  for (const segment of segments.reverse()) {
    used += graphemeWidth(segment);
    if (used > width) break;
    kept = segment + kept;
  }
  return `…${kept}`;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/** Makes room for one column more. */
function dropLast(kept: string, used: number, width: number): string {
  let text = kept;
  let columns = used;
  while (columns > width - 1) {
    const last = [...graphemes(text)].at(-1)?.segment;
    if (last === undefined) break;
    text = text.slice(0, -last.length);
    columns -= graphemeWidth(last);
  }
  return text;
}
