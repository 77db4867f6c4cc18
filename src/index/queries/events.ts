// Records across sessions in the order of time, a page at a time. The first page pins the lake's top in its
// cursor: what arrives while somebody pages is in none of the pages to come, whatever its time.

import { LRUCache } from 'lru-cache';
import { decodeCursor } from '../../core/answers/cursor.ts';
import type { Page } from '../../core/answers/page.ts';
import type { EventRequest } from '../../core/answers/questions.ts';
import type { LakeRecord } from '../../core/answers/record.ts';
import { Conditions, recordConditions } from '../rows/conditions.ts';
import { RECORD_COLUMNS } from '../rows/record-rows.ts';
import { isToldOfRows, pendingRows } from '../held/pending-events.ts';
import type { Pending } from '../writer/pending-rows.ts';
import type { Readers } from '../store/readers.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import type { StreamParts } from '../lines/record-stream.ts';
import { hasVersions, NEWEST_VERSION } from '../rows/newest-version.ts';
import { pageContent } from './page-content.ts';
import { listName, pageOf } from './page.ts';
import { recordPageSql } from './record-page.ts';

/** Lists whose reach is remembered. */
const LISTS_MAX = 500;
/** Up to so many rows it takes longer to look twice than to read and sort all their columns. */
const ROWS_AT_ONCE = 4000;
/** First pages whose rows are held, and how many rows one may have for that. */
const PAGES_HELD = 16;
const ROWS_HELD = 201;
/** Of the time that a page spans, so much is looked through for one further on. */
const PAGES_AHEAD = 3;

/** Where a page ended that had as many rows as it was to have. */
interface Reach {
  /** Milliseconds; no row of the same page lies further on, as rows are added and never taken away. */
  lastMs: number;
  spanMs: number;
  /** The lake's top then. */
  top: number;
}

export class Events {
  private readonly parts: StreamParts;
  private readonly top: () => number;
  private readonly pending: (() => Pending) | undefined;
  /** Of first pages, by list and size. Without one all row groups have to be looked at. */
  private readonly reaches = new LRUCache<string, Reach>({ max: LISTS_MAX });
  /** The same pages as they were, with the lake's top then: rows are only added, so what came since is all there is to look for. */
  private readonly firsts = new LRUCache<string, { rows: readonly RecordRow[]; top: number }>({ max: PAGES_HELD });

  /** Without `pending` what is committed is taken into the tables first. */
  constructor(parts: StreamParts, top: () => number, pending?: () => Pending) {
    this.parts = parts;
    this.top = top;
    this.pending = pending;
  }

  async page(request: EventRequest): Promise<Page<LakeRecord>> {
    const { filter, duplicates, order, limit, content, cursor } = request;
    const list = listName(`events:${order}`, { ...filter, duplicates });
    const from = cursor === undefined ? null : (decodeCursor(list, cursor).map(Number) as [number, number, number]);
    const upto = from === null ? this.top() : from[0];
    const versions = !duplicates && hasVersions(this.parts.names);
    const pending = versions || !isToldOfRows(filter) ? undefined : this.pending?.();
    const rows = (pending === undefined || from !== null ? null : this.firstRows(request, list, pending)) ?? (await this.rowsFrom(request, list, from, upto, versions, pending));
    const records = await pageContent(this.parts, rows, limit, content);
    const shown = rows.map((row, i) => ({ row, record: records[i] }));
    return pageOf(list, shown, records.length, ({ record }) => record as LakeRecord, ({ row }) => [upto, row.ts_ms, row.lake_offset]);
  }

  /** Null where it is not held, or where too much came since. */
  private firstRows(request: EventRequest, list: string, pending: Pending): readonly RecordRow[] | null {
    const key = `${list}/${request.limit}`;
    const known = this.firsts.get(key);
    if (known === undefined || known.top + 1 < pending.recent.from) return null;
    const since = pending.recent.commits.filter(({ top }) => top > known.top).map(({ columns }) => columns);
    const rows = this.merged(known.rows, pendingRows(since, request.filter, request.duplicates, this.parts.names), request, null, pending.top);
    this.firsts.set(key, { rows, top: pending.top });
    return rows;
  }

  private async rowsFrom(request: EventRequest, list: string, from: readonly [number, number, number] | null, upto: number, versions: boolean, pending: Pending | undefined): Promise<readonly RecordRow[]> {
    const { filter, duplicates, order, limit } = request;
    const where = recordConditions(filter, duplicates, this.parts.names).add(`records.lake_offset <= ${pending === undefined ? upto : Math.min(upto, pending.from - 1)}`);
    if (versions) where.add(NEWEST_VERSION);
    const compare = order === 'asc' ? '>' : '<';
    // The first condition says nothing more than the second; it alone lets whole row groups be passed over.
    if (from !== null) where.add(`records.ts_ms ${compare}= ${from[1]} AND (records.ts_ms, records.lake_offset) ${compare} (${from[1]}, ${from[2]})`);
    const readers = pending === undefined ? this.parts.readers : this.parts.readers.asStored();
    const stored = await this.rows(readers, where, `${list}/${limit}`, request, from?.[1] ?? null, upto);
    if (pending === undefined) return stored;
    const rows = this.merged(stored, pendingRows(pending.columns, filter, duplicates, this.parts.names), request, from, upto);
    if (from === null && limit < ROWS_HELD) this.firsts.set(`${list}/${limit}`, { rows, top: upto });
    return rows;
  }

  private merged(stored: readonly RecordRow[], pending: readonly RecordRow[], { order, limit }: EventRequest, from: readonly [number, number, number] | null, upto: number): RecordRow[] {
    const sign = order === 'asc' ? 1 : -1;
    const between = (ms: number, offset: number, row: RecordRow): number => sign * (row.ts_ms - ms || row.lake_offset - offset);
    const wanted = pending.filter((row) => row.lake_offset <= upto && (from === null || between(from[1], from[2], row) > 0));
    return [...stored, ...wanted].toSorted((a, b) => between(b.ts_ms, b.lake_offset, a)).slice(0, limit + 1);
  }

  /** First only as far as a page of this list reached before, as most of the lake then need not be looked at. */
  private async rows(readers: Readers, where: Conditions, key: string, { order, limit }: EventRequest, fromMs: number | null, upto: number): Promise<RecordRow[]> {
    const direction = order === 'asc' ? 'ASC' : 'DESC';
    const ordered = { order: `records.ts_ms ${direction}, records.lake_offset ${direction}`, limit: limit + 1 };
    const reach = this.reaches.get(key);
    if (reach !== undefined) {
      const sign = order === 'asc' ? 1 : -1;
      const bound = fromMs === null ? reach.lastMs : fromMs + sign * PAGES_AHEAD * reach.spanMs;
      const near = new Conditions().add(where.sql, ...where.values).add(`records.ts_ms ${order === 'asc' ? '<=' : '>='} ${bound}`);
      const isShort = upto - reach.top + limit < ROWS_AT_ONCE;
      const sql = isShort ? `SELECT ${RECORD_COLUMNS} FROM records WHERE ${near.sql} ORDER BY ${ordered.order} LIMIT ${ordered.limit}` : recordPageSql({ where: near.sql, ...ordered });
      const rows = await readers.rows<RecordRow>(sql, near.values);
      if (rows.length > limit) {
        if (fromMs === null) this.remember(rows, key, upto);
        return rows;
      }
    }
    const rows = await readers.rows<RecordRow>(recordPageSql({ where: where.sql, ...ordered }), where.values);
    if (fromMs === null && rows.length > limit) this.remember(rows, key, upto);
    return rows;
  }

  private remember(rows: readonly RecordRow[], key: string, top: number): void {
    const [first, last] = [rows[0], rows.at(-1)];
    if (first !== undefined && last !== undefined) this.reaches.set(key, { lastMs: last.ts_ms, spanMs: Math.abs(first.ts_ms - last.ts_ms), top });
  }
}
