// A range of the lake, read in windows of offsets in order, so that no transaction stays open however slow
// the reader is. A window grows while a filter finds little in it.

import type { RecordQuery } from '../../core/answers/record.ts';

/** Offsets in (after, upto]. */
export type OffsetRange = [after: number, upto: number];

/** Rows in the order of their offsets. */
export interface OffsetWindow {
  readonly length: number;
  /** Of the last row; asked for only where there is one. */
  readonly lastOffset: number;
}

const MAX_OFFSETS = 4_000_000;

/**
 * `read` gives at most `maxRows` rows, the first of its range. While a window is used the next one is read
 * where `ahead` says so.
 */
export async function* offsetWindows<Window extends OffsetWindow>(
  query: RecordQuery,
  maxRows: number,
  read: (range: OffsetRange) => Promise<Window>,
  { ahead, signal }: { ahead: boolean; signal: AbortSignal | undefined },
): AsyncGenerator<Window> {
  let span = maxRows;
  const open = (after: number): { upto: number; window: Promise<Window> } => {
    const upto = Math.min(query.upto, after + span);
    const window = read([after, upto]);
    // Whoever stops early never waits for it.
    window.catch(() => undefined);
    return { upto, window };
  };
  let next = query.after < query.upto ? open(query.after) : null;
  while (next !== null) {
    if (signal?.aborted === true) return;
    const { upto } = next;
    const window = await next.window;
    const after = window.length === maxRows ? window.lastOffset : upto;
    if (window.length < maxRows / 4) span = Math.min(MAX_OFFSETS, span * 4);
    next = ahead && after < query.upto ? open(after) : null;
    if (window.length > 0) yield window;
    if (!ahead && after < query.upto) next = open(after);
  }
}
