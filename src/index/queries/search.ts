// Searching by reading: lines in the order of time, the newest first, as far as a request may go; its cursor
// goes on there. Which lines there are the index knows; whether one has the words its bytes say, and then its text.

import pLimit from 'p-limit';
import { decodeCursor, encodeCursor } from '../../core/cursor.ts';
import type { SearchHit, SearchPage, SearchRequest } from '../../core/search.ts';
import { recordConditions } from '../conditions.ts';
import type { RecordLineParts } from '../record-lines.ts';
import { RECORD_COLUMNS, recordOf } from '../record-rows.ts';
import type { RecordRow } from '../record-rows.ts';
import { Needle } from '../search/needle.ts';
import { NEWEST, NewestRows } from '../search/newest-rows.ts';
import { Scan } from '../search/scan.ts';
import type { ScanHit } from '../search/scan.ts';
import { hasVersions, NEWEST_VERSION } from './newest-version.ts';
import { listName } from './page.ts';

/** A request ends after this time, or when it has read so much. */
const BUDGET_MS = 250;
const BUDGET_BYTES = 512 * 1024 * 1024;
/** Requests that read at the same time. */
const READERS = 2;

export class Search {
  private readonly parts: RecordLineParts;
  private readonly top: () => number;
  private readonly limit = pLimit(READERS);

  constructor(parts: RecordLineParts, top: () => number) {
    this.parts = parts;
    this.top = top;
  }

  ask(request: SearchRequest): Promise<SearchPage> {
    return this.limit(() => this.page(request));
  }

  private async page({ q, filter, limit, cursor }: SearchRequest): Promise<SearchPage> {
    const list = listName('search', { ...filter, q });
    const [upto, ts, offset] = (cursor === undefined ? [this.top(), ...NEWEST] : decodeCursor(list, cursor).map(Number)) as [number, number, number];
    const where = recordConditions(filter, false, this.parts.names).add(`records.lake_offset <= ${upto}`);
    if (hasVersions(this.parts.names)) where.add(NEWEST_VERSION);
    const rows = new NewestRows(this.parts.readers, where, [ts, offset]);
    const scan = new Scan(this.parts, new Needle(q));
    const ends = performance.now() + BUDGET_MS;
    const isEnough = (): boolean => scan.hits.length > limit || performance.now() >= ends || scan.bytes >= BUDGET_BYTES;
    try {
      do await rows.next((window) => scan.go(window, isEnough));
      while (!rows.isAtEnd && !isEnough());
    } finally {
      scan.release();
    }
    const shown = scan.hits.slice(0, limit);
    const last = shown.at(-1);
    const cut = scan.hits.length > limit && last !== undefined;
    const more = cut || !rows.isAtEnd;
    const items = await this.items(shown);
    return { items, has_more: more, next_cursor: more ? encodeCursor(list, [upto, ...(cut ? [last.ts, last.offset] : rows.at)]) : null, searched_bytes: scan.bytes };
  }

  /** The rest of what is shown. */
  private async items(hits: readonly ScanHit[]): Promise<SearchHit[]> {
    if (hits.length === 0) return [];
    const rows = await this.parts.readers.rows<RecordRow>(`SELECT ${RECORD_COLUMNS} FROM records WHERE lake_offset IN (${hits.map((hit) => hit.offset).join(',')})`);
    const records = new Map(rows.map((row) => [row.lake_offset, recordOf(row, this.parts.names)]));
    return hits.flatMap(({ offset: at, score, snippet, highlights }) => {
      const record = records.get(at);
      if (record === undefined) return [];
      const { offset, session_id, agent_id, source, project, file_id, line, ts, type, role, uuid } = record;
      return [{ offset, session_id, agent_id, source, project, file_id, line, ts, type, role, uuid, score, snippet, highlights }];
    });
  }
}
