// Which of two things that were told counts as the earlier one. By where they stand in their logs, then by
// what they say: by nothing that depends on when a file was read.

import type { Told } from './scan-batch.ts';

/** Negative where `a` is the earlier one; `text` is what each says. Zero only between equals. */
export function compareTold(a: Told, b: Told, text: readonly [a: string, b: string]): number {
  return a.at - b.at || a.line - b.line || (text[0] === text[1] ? 0 : text[0] < text[1] ? -1 : 1);
}
