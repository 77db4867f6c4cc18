// Searching by reading: lines in the order of time, the newest first, as far as a request may go; its cursor
// goes on there. Which lines there are the index knows; whether one has the words its bytes say, and then its text.

import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { decodeCursor, encodeCursor } from '../../core/cursor.ts';
import { fileId } from '../../core/file-entry.ts';
import type { SearchHit, SearchPage, SearchRequest } from '../../core/search.ts';
import { isoOrNull } from '../../core/time.ts';
import { recordConditions } from '../conditions.ts';
import type { RecordLineParts } from '../record-lines.ts';
import { UUID_COLUMN } from '../record-rows.ts';
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
/** Whose reach is remembered. */
const FILTERS_MAX = 500;

type HitRow = Pick<RecordRow, 'lake_offset' | 'session_ix' | 'agent_ix' | 'file_ix' | 'line' | 'type_ix' | 'role_ix' | 'uuid'>;

export class Search {
  private readonly parts: RecordLineParts;
  private readonly top: () => number;
  private readonly limit = pLimit(READERS);
  /** How far back the first window went, by filter: so far it is looked at once more, and not at the whole lake. */
  private readonly reaches = new LRUCache<string, number>({ max: FILTERS_MAX });

  constructor(parts: RecordLineParts, top: () => number) {
    this.parts = parts;
    this.top = top;
  }

  ask(request: SearchRequest): Promise<SearchPage> {
    return this.limit(() => this.page(request));
  }

  private async page({ q, filter, limit, cursor }: SearchRequest): Promise<SearchPage> {
    const list = listName('search', { ...filter, q });
    const ofFilter = listName('search', filter);
    const [upto, ts, offset] = (cursor === undefined ? [this.top(), ...NEWEST] : decodeCursor(list, cursor).map(Number)) as [number, number, number];
    const where = recordConditions(filter, false, this.parts.names).add(`records.lake_offset <= ${upto}`);
    if (hasVersions(this.parts.names)) where.add(NEWEST_VERSION);
    // What a cursor pins was in the tables when its first page was read.
    const readers = cursor === undefined ? this.parts.readers : this.parts.readers.asStored();
    const rows = new NewestRows(readers, where, [ts, offset], cursor === undefined ? (this.reaches.get(ofFilter) ?? null) : null);
    const scan = new Scan(this.parts, new Needle(q));
    const ends = performance.now() + BUDGET_MS;
    const isEnough = (): boolean => scan.hits.length > limit || performance.now() >= ends || scan.bytes >= BUDGET_BYTES;
    try {
      do await rows.next((window) => scan.go(window, isEnough));
      while (!rows.isAtEnd && !isEnough());
    } finally {
      scan.release();
    }
    if (cursor === undefined && rows.firstReach !== null) this.reaches.set(ofFilter, rows.firstReach);
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
    const { readers, names } = this.parts;
    const rows = new Map((await readers.asStored().rows<HitRow>(hitRowsSql(hits))).map((row) => [row.lake_offset, row]));
    return hits.flatMap(({ offset, ts, score, snippet, highlights }) => {
      const row = rows.get(offset);
      if (row === undefined) return [];
      const session = names.sessions.at(row.session_ix);
      return [{
        offset: String(offset), session_id: session?.id ?? '', agent_id: names.agents.idOf(row.agent_ix), source: session?.source ?? '', project: session?.project ?? '', file_id: fileId(row.file_ix), line: row.line,
        ts: isoOrNull(ts === -1 ? null : ts), type: names.strings.valueOf(row.type_ix), role: names.strings.valueOf(row.role_ix), uuid: row.uuid, score, snippet, highlights,
      }];
    });
  }
}

/** The bounds say nothing more than the list of offsets; they alone let whole row groups be passed over. */
function hitRowsSql(hits: readonly ScanHit[]): string {
  const within = (column: string, values: readonly number[]): string => `${column} >= ${values.reduce((a, b) => Math.min(a, b))} AND ${column} <= ${values.reduce((a, b) => Math.max(a, b))}`;
  const offsets = hits.map((hit) => hit.offset);
  return `SELECT lake_offset::DOUBLE AS lake_offset, session_ix, agent_ix, file_ix, line, type_ix, role_ix, ${UUID_COLUMN} FROM records WHERE ${within('ts_ms', hits.map((hit) => hit.ts))} AND ${within('lake_offset', offsets)} AND lake_offset IN (${offsets.join(',')})`;
}
