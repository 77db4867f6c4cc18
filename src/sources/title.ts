// What a list shows of a session.

import type { LineFacts } from './adapter.ts';

const TITLE_MAX_CHARS = 200;

/** The first line of a text that says something, cut to what a list can show. */
export function titleOf(text: string): string | null {
  const line = /\S[^\n]*/.exec(text)?.[0].trimEnd();
  // Cut roughly first: a prompt may be one line of megabytes.
  return line === undefined ? null : [...line.slice(0, 2 * TITLE_MAX_CHARS)].slice(0, TITLE_MAX_CHARS).join('');
}

/** The fact a text gives, by a rank of `TITLE_RANK`; null where there is none or it says nothing. */
export function titled(rank: number, text: string | null): LineFacts['title'] {
  const title = text === null ? null : titleOf(text);
  return title === null ? null : { rank, title };
}
