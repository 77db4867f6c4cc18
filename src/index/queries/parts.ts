// Parts of the archive, from what is held of them.

import type { ArchivePartItem } from '../../core/answers/archive-part-item.ts';
import { decodeCursor } from '../../core/answers/cursor.ts';
import type { Page } from '../../core/answers/page.ts';
import type { ArchiveFilter, PageRequest } from '../../core/answers/questions.ts';
import { isoFromMs } from '../../core/time/time.ts';
import type { Followed } from '../follow/followed.ts';
import type { Directories } from '../names/directories.ts';
import type { FileBook } from '../files/file-book.ts';
import type { PartFacts, PartTable } from '../parts/part-table.ts';
import { listName, pageOf } from './page.ts';

interface Parts {
  names: Directories;
  files: FileBook;
  parts: Followed<PartTable>;
}

export async function listParts({ names, files, parts }: Parts, filter: ArchiveFilter, page: PageRequest): Promise<Page<ArchivePartItem>> {
  const list = listName('archive', filter);
  const { source, month, session } = filter;
  const [createdMs, id] = page.cursor === undefined ? [] : decodeCursor(list, page.cursor);
  const sessionIx = session === undefined ? undefined : (names.sessions.ixOfId(session) ?? -1);
  const [pages, table] = await Promise.all([sessionIx === undefined ? null : files.current(), parts.current()]);
  const ofSession = pages === null || sessionIx === undefined ? null : new Set(pages.filesOf(sessionIx));
  const rows: PartFacts[] = [];
  for (const part of table.after(createdMs === undefined ? null : { createdMs: Number(createdMs), id: String(id) }, ofSession)) {
    if ((source === undefined || part.source === source) && (month === undefined || part.month === month)) rows.push(part);
    if (rows.length > page.limit) break;
  }
  return pageOf(list, rows, page.limit, partItem, (part) => [part.createdMs, part.id]);
}

export function partItem({ sourceBytes, createdMs, id, path, source, month, rows, bytes, sessions, sha256 }: PartFacts): ArchivePartItem {
  return { id, rows, path, source, month, bytes, source_bytes: sourceBytes, sessions, sha256, created_at: isoFromMs(createdMs) };
}
