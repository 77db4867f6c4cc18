// The content of a page's records within a bound: lines differ by a factor of a million, so a page ends
// early where its lines are long and goes on behind its cursor, and of a line that is too long for any page
// only the beginning is shown. Pages of many bytes are made in turn, and a piece at a time, so that nobody
// waits behind them and they are not all in memory at once.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Content, LakeRecord } from '../../core/answers/record.ts';
import { cutText } from '../../core/bytes/cut-text.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import { bytesOf, PIECE_BYTES } from '../lines/line-bytes.ts';
import { withContent } from '../lines/record-stream.ts';
import type { StreamParts } from '../lines/record-stream.ts';
import { jsonBytes } from './json-size.ts';

/** Bytes of the answer that records may take. */
const PAGE_BYTES = 15 * 1024 * 1024;
/**
 * Bytes of the answer for each byte of a line, at most: quotes and backslashes are escaped once more, and a byte that is
 * no UTF-8 is shown as three. Usual are one and two.
 */
const GROWTH = { none: 0, text: 3, raw: 6 } as const satisfies Record<Content, number>;
/** What a record takes beside its content. */
const RECORD_BYTES = 700;
/** Each at most six bytes as JSON. */
const SHOWN_CHARACTERS = PAGE_BYTES / 12;

/** The records of the first rows: at most `limit`, at least one, no more than fit. */
export async function pageContent(parts: StreamParts, rows: readonly RecordRow[], limit: number, content: Content): Promise<LakeRecord[]> {
  const wanted = rows.slice(0, limit);
  if (content === 'none' || bytesOf(wanted) <= PIECE_BYTES) return withContent(parts, wanted, content);
  return parts.lines.inTurn(() => piecewise(parts, wanted, content));
}

async function piecewise(parts: StreamParts, rows: readonly RecordRow[], content: 'text' | 'raw'): Promise<LakeRecord[]> {
  const records: LakeRecord[] = [];
  for (let left = PAGE_BYTES; records.length < rows.length; ) {
    await nextTurn();
    const rest = rows.slice(records.length);
    const count = fitting(rest, Math.min(left / GROWTH[content], PIECE_BYTES));
    const isLong = count === 0;
    // One that may be too long is looked at where nothing is before it; else it begins the next page.
    if (isLong && records.length > 0 && (rest[0] as RecordRow).byte_length * GROWTH[content] > left) break;
    const more = await withContent(parts, rest.slice(0, Math.max(1, count)), content);
    if (isLong) shorten(more[0] as LakeRecord);
    for (const record of more) left -= sizeOf(record);
    records.push(...more);
  }
  return records;
}

/** How many of the rows have together no more bytes. */
function fitting(rows: readonly RecordRow[], most: number): number {
  let bytes = 0;
  for (const [i, row] of rows.entries()) {
    bytes += row.byte_length;
    if (bytes > most) return i;
  }
  return rows.length;
}

function shorten(record: LakeRecord): void {
  const characters = (record.text?.length ?? 0) + (record.raw?.length ?? 0);
  if (characters <= PAGE_BYTES && sizeOf(record) <= PAGE_BYTES) return;
  record.text = record.text === null ? null : cutText(record.text, SHOWN_CHARACTERS);
  if (typeof record.raw === 'string') record.raw = cutText(record.raw, SHOWN_CHARACTERS);
  record.truncated = true;
}

function sizeOf({ text, raw }: LakeRecord): number {
  return RECORD_BYTES + jsonBytes(text) + jsonBytes(raw ?? null);
}
