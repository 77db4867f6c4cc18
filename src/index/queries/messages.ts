// A page of a session's records. File order, which is offset order, for one thread; order of time where several
// threads are asked for together, where one goes on in another file, which may have been read first, or where
// records are written again, later ones of an earlier message.

import { decodeCursor } from '../../core/answers/cursor.ts';
import type { Page } from '../../core/answers/page.ts';
import type { MessageRequest } from '../../core/answers/questions.ts';
import type { LakeRecord } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
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

/** Time and offset of the record before, and the order it stood in. */
type Cursor = readonly number[] | null;

interface Ordered {
  rows: RecordRow[];
  byTime: boolean;
}

const [BY_OFFSET, BY_TIME] = [0, 1];

export async function listMessages(parts: StreamParts & Pick<ViewParts, 'held'>, request: MessageRequest): Promise<Page<LakeRecord>> {
  const session = sessionNumber(parts.names, request.filter.session);
  const list = listName(`messages:${request.order}`, { ...request.filter, duplicates: request.duplicates });
  const after = request.cursor === undefined ? null : decodeCursor(list, request.cursor).map(Number);
  const { rows, byTime } = (await heldRows(parts, session, request, after)) ?? (await storedRows(parts, session, request, after));
  const records = await pageContent(parts, rows, request.limit, request.content);
  const shown = rows.map((row, i) => ({ row, record: records[i] }));
  return pageOf(list, shown, records.length, ({ record }) => record as LakeRecord, ({ row }) => [row.ts_ms, row.lake_offset, byTime ? BY_TIME : BY_OFFSET]);
}

/** Null where the session is not held, or the filter asks for what is not. */
async function heldRows({ held, names }: Pick<ViewParts, 'held' | 'names'>, session: number, request: MessageRequest, after: Cursor): Promise<Ordered | null> {
  const { filter, duplicates, order, limit, offset: skip = 0 } = request;
  const rows = await held.of(session);
  const matches = rows === null ? null : rowFilter(rows, session, filter, duplicates, names);
  if (rows === null || matches === null) return null;
  const byTime = orderBefore(after) ?? (isByTime(names, session, filter.agent) || rows.isSpread(agentNumber(names, session, filter.agent)));
  return { rows: rowPage(rows, matches, { byTime, order, after, skip, limit: limit + 1 }).map((at) => rows.row(at)), byTime };
}

async function storedRows({ readers, names }: StreamParts, session: number, { filter, duplicates, order: wanted, limit, offset }: MessageRequest, after: Cursor): Promise<Ordered> {
  const byTime = orderBefore(after) ?? (isByTime(names, session, filter.agent) || (await isSpread(readers, session, agentNumber(names, session, filter.agent))));
  const where = recordConditions(filter, duplicates, names);
  if (!duplicates && hasVersions(names, session)) where.add(NEWEST_VERSION);
  const [compare, direction] = wanted === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
  if (after !== null) where.add(byTime ? `(ts_ms, records.lake_offset) ${compare} (${after[0]}, ${after[1]})` : `records.lake_offset ${compare} ${after[1]}`);
  const order = byTime ? `records.ts_ms ${direction}, records.lake_offset ${direction}` : `records.lake_offset ${direction}`;
  return { rows: await readers.rows<RecordRow>(recordPageSql({ where: where.sql, order, limit: limit + 1, offset: offset ?? 0 }), where.values), byTime };
}

/** A thread may go on in another file while somebody pages: the pages keep the order of the first one. Undefined on that. */
function orderBefore(after: Cursor): boolean | undefined {
  return after?.[2] === undefined ? undefined : after[2] === BY_TIME;
}

/** Whatever files the lines are in. */
function isByTime(names: Directories, session: number, agent: string | null | undefined): boolean {
  return agent === undefined || hasVersions(names, session);
}

/** As `SessionRows.isSpread` says of held ones. */
async function isSpread(readers: StreamParts['readers'], session: number, agent: number): Promise<boolean> {
  const [files] = await readers.rows<{ spread: boolean | null }>(`SELECT min(file_ix) <> max(file_ix) AS spread FROM records WHERE session_ix = ? AND agent_ix = ? AND flags & ${FLAG.duplicate} = 0`, [session, agent]);
  return files?.spread === true;
}

/** The main thread is 0. */
function agentNumber(names: Directories, session: number, agent: string | null | undefined): number {
  return typeof agent === 'string' ? (names.agents.find(session, agent) ?? -1) : 0;
}
