// Searching by reading: lines in the order of time, the newest first, as far as a request may go; its cursor
// goes on there. Which lines there are the index knows; whether one has the words its bytes say, and then its text.

import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { decodeCursor, encodeCursor } from '../../core/answers/cursor.ts';
import { fileId } from '../../core/file-entry.ts';
import type { RecordFilter } from '../../core/answers/record.ts';
import type { SearchHit, SearchPage, SearchRequest } from '../../core/answers/search.ts';
import { isoOfStored } from '../../core/time/time.ts';
import { recordConditions } from '../rows/conditions.ts';
import { isToldOfRows, pendingRows } from '../held/pending-events.ts';
import type { Pending } from '../writer/pending-rows.ts';
import type { RecordLineParts } from '../lines/record-lines.ts';
import type { RecordColumns } from '../rows/record-columns.ts';
import { UUID_COLUMN } from '../rows/record-rows.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import type { FirstWindow } from '../search/first-window.ts';
import { Needle } from '../search/needle.ts';
import { NewestRows } from '../search/newest-rows.ts';
import type { RowSource } from '../search/newest-rows.ts';
import { Reach } from '../search/reach.ts';
import type { RowDetail } from '../search/row-details.ts';
import { NEWEST } from '../search/rows.ts';
import type { Place } from '../search/rows.ts';
import { Scan } from '../search/scan.ts';
import type { ScanHit } from '../search/scan.ts';
import { hasVersions, NEWEST_VERSION } from '../rows/newest-version.ts';
import { listName } from './page.ts';

/** A request ends after this time, or when it has read so much. */
const BUDGET_MS = 250;
const BUDGET_BYTES = 128 * 1024 * 1024;
/** Requests that read at the same time. */
const READERS = 2;
/** Whose rows in time are remembered. */
const FILTERS_MAX = 500;
/** Of some hundred KB each, mostly. */
const FIRSTS_MAX = 16;

export class Search {
  private readonly parts: RecordLineParts;
  private readonly top: () => number;
  private readonly pending: (() => Pending) | undefined;
  private readonly limit = pLimit(READERS);
  /** By filter: so a window goes as far as it should, and not through the whole lake. */
  private readonly reaches = new LRUCache<string, Reach>({ max: FILTERS_MAX });

  /** By filter. Not where rows that are in the tables already may turn out to be newer versions. */
  private readonly firsts = new LRUCache<string, FirstWindow>({ max: FIRSTS_MAX });

  /** Without `pending` what is committed is taken into the tables first. */
  constructor(parts: RecordLineParts, top: () => number, pending?: () => Pending) {
    this.parts = parts;
    this.top = top;
    this.pending = pending;
  }

  ask(request: SearchRequest): Promise<SearchPage> {
    return this.limit(() => this.page(request));
  }

  private async page({ q, filter, limit, cursor }: SearchRequest): Promise<SearchPage> {
    const list = listName('search', { ...filter, q });
    const [upto, ...from] = (cursor === undefined ? [this.top(), ...NEWEST] : decodeCursor(list, cursor).map(Number)) as [number, number, number];
    const key = listName('search', filter);
    const rows = new NewestRows(this.source(filter, upto, cursor === undefined ? key : null), from, this.reachOf(key));
    const ends = performance.now() + BUDGET_MS;
    const isEnough = ({ hits, bytes }: Scan): boolean => hits.length > limit || performance.now() >= ends || bytes >= BUDGET_BYTES;
    const scan = new Scan(this.parts, new Needle(q), isEnough);
    try {
      do await rows.next((window) => scan.go(window, BUDGET_BYTES - scan.bytes));
      while (!rows.isAtEnd && !isEnough(scan));
    } finally {
      scan.release();
    }
    const first = rows.firstWindow(upto);
    if (first !== null) this.firsts.set(key, first);
    const shown = scan.hits.slice(0, limit);
    const last = shown.at(-1);
    const cut = scan.hits.length > limit && last !== undefined;
    const more = cut || !rows.isAtEnd;
    const end: Place = cut ? [last.ts, last.offset] : rows.at;
    const items = await this.items(shown, rows);
    return { items, has_more: more, next_cursor: more ? encodeCursor(list, [upto, ...end]) : null, searched_bytes: scan.bytesUpTo(end) };
  }

  /** Rows that are in the tables, and beside them those that are not yet. `first`: the list whose newest rows are asked for. */
  private source(filter: RecordFilter, upto: number, first: string | null): RowSource {
    const { readers, names } = this.parts;
    const where = recordConditions(filter, false, names);
    const versions = hasVersions(names);
    const pending = versions || !isToldOfRows(filter) ? undefined : this.pending?.();
    if (versions) where.add(NEWEST_VERSION);
    if (pending === undefined) return { readers, where: where.add(`records.lake_offset <= ${upto}`), pending: [] };
    const matching = (columns: readonly RecordColumns[]): RecordRow[] => pendingRows(columns, filter, false, names).filter((row) => row.lake_offset <= upto);
    return { readers: readers.asStored(), where: where.add(`records.lake_offset <= ${Math.min(upto, pending.from - 1)}`), pending: matching(pending.columns), ...(first !== null && pending.top === upto && { first: this.firstWindow(first, pending, matching) }) };
  }

  private firstWindow(list: string, pending: Pending, matching: (columns: readonly RecordColumns[]) => readonly RecordRow[]): FirstWindow | null {
    const known = this.firsts.get(list);
    if (known?.follow(pending, matching) === true) return known;
    this.firsts.delete(list);
    return null;
  }

  private reachOf(key: string): Reach {
    const reach = this.reaches.get(key) ?? new Reach();
    this.reaches.set(key, reach);
    return reach;
  }

  /** The rest of what is shown. */
  private async items(hits: readonly ScanHit[], known: NewestRows): Promise<SearchHit[]> {
    const { readers, names } = this.parts;
    const unknown = hits.filter(({ offset }) => known.detail(offset) === undefined);
    const asked = unknown.length === 0 ? [] : await readers.asStored().rows<RowDetail & { lake_offset: number }>(hitRowsSql(unknown));
    const details = new Map(asked.map((row) => [row.lake_offset, row]));
    return hits.flatMap(({ offset, ts, score, snippet, highlights }) => {
      const row = known.detail(offset) ?? details.get(offset);
      if (row === undefined) return [];
      const session = names.sessions.at(row.session_ix);
      return [{
        offset: String(offset), session_id: session?.id ?? '', agent_id: names.agents.idOf(row.agent_ix), source: session?.source ?? '', project: session?.project ?? '', file_id: fileId(row.file_ix), line: row.line,
        ts: isoOfStored(ts), type: names.strings.valueOf(row.type_ix), role: names.strings.valueOf(row.role_ix), uuid: row.uuid, score, snippet, highlights,
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
