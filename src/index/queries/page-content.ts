// The content of a page's records within a bound: lines differ by a factor of a million, so a page ends
// early where its lines are long and goes on behind its cursor, and of a line that is too long for any page
// only the beginning is shown.

import type { Content, LakeRecord } from '../../core/answers/record.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import { withContent } from '../lines/record-stream.ts';
import type { StreamParts } from '../lines/record-stream.ts';

/** Bytes of the answer that records' content may take. */
const PAGE_BYTES = 15 * 1024 * 1024;
/** Bytes of the answer for each byte of a line, at most: quotes and backslashes are escaped once more. */
const GROWTH = { none: 0, text: 2, raw: 4 } as const satisfies Record<Content, number>;
/** Each at most six bytes as JSON. */
const SHOWN_CHARACTERS = PAGE_BYTES / 12;

/** The records of the first rows: at most `limit`, at least one, no more than fit. */
export async function pageContent(parts: StreamParts, rows: readonly RecordRow[], limit: number, content: Content): Promise<LakeRecord[]> {
  const records = await withContent(parts, rows.slice(0, fitting(rows, limit, content)), content);
  const [first] = rows;
  if (first !== undefined && first.byte_length * GROWTH[content] > PAGE_BYTES) cut(records[0] as LakeRecord);
  return records;
}

function fitting(rows: readonly RecordRow[], limit: number, content: Content): number {
  let bytes = 0;
  for (const [i, row] of rows.slice(0, limit).entries()) {
    bytes += row.byte_length * GROWTH[content];
    if (bytes > PAGE_BYTES && i > 0) return i;
  }
  return Math.min(rows.length, limit);
}

function cut(record: LakeRecord): void {
  record.text = record.text?.slice(0, SHOWN_CHARACTERS) ?? null;
  if (record.raw !== undefined) record.raw = record.raw?.slice(0, SHOWN_CHARACTERS) ?? null;
  record.truncated = true;
}
