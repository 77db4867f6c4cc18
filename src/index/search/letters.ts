// Which characters are the same when letter case is ignored, and how each may be written in a line.

/** Positions stay: a character that would become several is left as it is. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return (lower.length === text.length ? lower : [...text].map(lowerCharacter).join('')).replaceAll('ς', 'σ');
}

function lowerCharacter(character: string): string {
  const lower = character.toLowerCase();
  return lower.length === character.length ? lower : character;
}

/** Characters that are the same when folded; of ASCII the lower case alone. */
export function variantsOf(character: string): string[] {
  const folded = fold(character);
  upperCases ??= upperCaseOfUnits();
  const all = new Set([folded, character, folded.toUpperCase(), ...(upperCases.get(folded) ?? []), ...(folded === 'σ' ? ['ς'] : [])]);
  return [...all].filter((variant) => fold(variant) === folded && (variant >= '\u0080' || variant === folded));
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

/** The four digits of each of its UTF-16 units, as they stand behind `\u`. */
export function hexOf(character: string): string[] {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i).toString(16).padStart(4, '0'));
}
