// A page of a session's records. File order, which is offset order, for one thread; order of time where
// several threads are asked for together, or records are written again, later ones of an earlier message.

import { decodeCursor } from '../../core/answers/cursor.ts';
import type { Page } from '../../core/answers/page.ts';
import type { MessageRequest } from '../../core/answers/questions.ts';
import type { LakeRecord } from '../../core/answers/record.ts';
import type { Directories } from '../names/directories.ts';
import { recordConditions } from '../rows/conditions.ts';
import { rowFilter } from '../held/row-filter.ts';
import { rowPage } from '../held/row-page.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import type { StreamParts } from '../lines/record-stream.ts';
import { hasVersions, NEWEST_VERSION } from '../rows/newest-version.ts';
import { pageContent } from './page-content.ts';
import { listName, pageOf } from './page.ts';
import { recordPageSql } from './record-page.ts';
import { sessionNumber } from './sessions.ts';
import type { ViewParts } from './view-parts.ts';

export async function listMessages(parts: StreamParts & Pick<ViewParts, 'held'>, request: MessageRequest): Promise<Page<LakeRecord>> {
  const session = sessionNumber(parts.names, request.filter.session);
  const list = listName(`messages:${request.order}`, { ...request.filter, duplicates: request.duplicates });
  const after = request.cursor === undefined ? null : decodeCursor(list, request.cursor).map(Number);
  const rows = (await heldRows(parts, session, request, after)) ?? (await storedRows(parts, session, request, after));
  const records = await pageContent(parts, rows, request.limit, request.content);
  const shown = rows.map((row, i) => ({ row, record: records[i] }));
  return pageOf(list, shown, records.length, ({ record }) => record as LakeRecord, ({ row }) => [row.ts_ms, row.lake_offset]);
}

/** Null where the session is not held, or the filter asks for what is not. */
async function heldRows({ held, names }: Pick<ViewParts, 'held' | 'names'>, session: number, request: MessageRequest, after: readonly number[] | null): Promise<RecordRow[] | null> {
  const { filter, duplicates, order, limit, offset: skip = 0 } = request;
  const rows = await held.of(session);
  const matches = rows === null ? null : rowFilter(rows, session, filter, duplicates, names);
  if (rows === null || matches === null) return null;
  return rowPage(rows, matches, { byTime: isByTime(names, session, filter.agent), order, after, skip, limit: limit + 1 }).map((at) => rows.row(at));
}

function storedRows({ readers, names }: StreamParts, session: number, { filter, duplicates, order: wanted, limit, offset }: MessageRequest, after: readonly number[] | null): Promise<RecordRow[]> {
  const byTime = isByTime(names, session, filter.agent);
  const where = recordConditions(filter, duplicates, names);
  if (!duplicates && hasVersions(names, session)) where.add(NEWEST_VERSION);
  const [compare, direction] = wanted === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
  if (after !== null) where.add(byTime ? `(ts_ms, records.lake_offset) ${compare} (${after[0]}, ${after[1]})` : `records.lake_offset ${compare} ${after[1]}`);
  const order = byTime ? `records.ts_ms ${direction}, records.lake_offset ${direction}` : `records.lake_offset ${direction}`;
  return readers.rows<RecordRow>(recordPageSql({ where: where.sql, order, limit: limit + 1, offset: offset ?? 0 }), where.values);
}

function isByTime(names: Directories, session: number, agent: string | null | undefined): boolean {
  return agent === undefined || hasVersions(names, session);
}
