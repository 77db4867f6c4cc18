// A page of a session's records. File order, which is offset order, for one thread; order of time where
// several threads are asked for together.

import { decodeCursor } from '../../core/cursor.ts';
import type { Page } from '../../core/page.ts';
import type { MessageRequest } from '../../core/questions.ts';
import type { LakeRecord } from '../../core/record.ts';
import { recordConditions } from '../conditions.ts';
import type { RecordRow } from '../record-rows.ts';
import type { StreamParts } from '../record-stream.ts';
import { hasVersions, NEWEST_VERSION } from './newest-version.ts';
import { pageContent } from './page-content.ts';
import { listName, pageOf } from './page.ts';
import { recordPageSql } from './record-page.ts';
import { sessionNumber } from './sessions.ts';

export async function listMessages(parts: StreamParts, request: MessageRequest): Promise<Page<LakeRecord>> {
  const session = sessionNumber(parts.names, request.filter.session);
  const byTime = request.filter.agent === undefined;
  const list = listName(`messages:${request.order}`, { ...request.filter, duplicates: request.duplicates });
  const where = recordConditions(request.filter, request.duplicates, parts.names);
  if (!request.duplicates && hasVersions(parts.names, session)) where.add(NEWEST_VERSION);
  const [compare, direction] = request.order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
  if (request.cursor !== undefined) {
    const [at, offset] = decodeCursor(list, request.cursor).map(Number);
    where.add(byTime ? `(ts_ms, records.lake_offset) ${compare} (${at}, ${offset})` : `records.lake_offset ${compare} ${offset}`);
  }
  const order = byTime ? `records.ts_ms ${direction}, records.lake_offset ${direction}` : `records.lake_offset ${direction}`;
  const rows = await parts.readers.rows<RecordRow>(
    recordPageSql({ where: where.sql, order, limit: request.limit + 1, offset: request.offset ?? 0 }),
    where.values,
  );
  const records = await pageContent(parts, rows, request.limit, request.content);
  const shown = rows.map((row, i) => ({ row, record: records[i] }));
  return pageOf(list, shown, records.length, ({ record }) => record as LakeRecord, ({ row }) => [row.ts_ms, row.lake_offset]);
}
