// Records across sessions in the order of time, a page at a time. The first page pins the lake's top in its
// cursor: what arrives while somebody pages is in none of the pages to come, whatever its time.

import { decodeCursor } from '../../core/cursor.ts';
import type { Page } from '../../core/page.ts';
import type { EventRequest } from '../../core/questions.ts';
import type { LakeRecord } from '../../core/record.ts';
import { recordConditions } from '../conditions.ts';
import type { RecordRow } from '../record-rows.ts';
import type { StreamParts } from '../record-stream.ts';
import { hasVersions, NEWEST_VERSION } from './newest-version.ts';
import { pageContent } from './page-content.ts';
import { listName, pageOf } from './page.ts';
import { recordPageSql } from './record-page.ts';

type EventRow = RecordRow & { upto: number };

export async function listEvents(parts: StreamParts, request: EventRequest): Promise<Page<LakeRecord>> {
  const { filter, duplicates, order, limit, content } = request;
  const list = listName(`events:${order}`, { ...filter, duplicates });
  const where = recordConditions(filter, duplicates, parts.names);
  if (!duplicates && hasVersions(parts.names)) where.add(NEWEST_VERSION);
  const [compare, direction] = order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
  let upto = '(SELECT coalesce(max(lake_offset), 0) FROM records)';
  if (request.cursor !== undefined) {
    const [top, at, offset] = decodeCursor(list, request.cursor).map(Number) as [number, number, number];
    upto = String(top);
    // The first condition says nothing more than the second; it alone lets whole row groups be passed over.
    where.add(`records.lake_offset <= ${top} AND records.ts_ms ${compare}= ${at} AND (records.ts_ms, records.lake_offset) ${compare} (${at}, ${offset})`);
  }
  const rows = await parts.readers.rows<EventRow>(
    recordPageSql({ where: where.sql, order: `records.ts_ms ${direction}, records.lake_offset ${direction}`, limit: limit + 1, more: `${upto}::DOUBLE AS upto` }),
    where.values,
  );
  const records = await pageContent(parts, rows, limit, content);
  const shown = rows.map((row, i) => ({ row, record: records[i] }));
  return pageOf(list, shown, records.length, ({ record }) => record as LakeRecord, ({ row }) => [row.upto, row.ts_ms, row.lake_offset]);
}
