// Files, from what is held of them.

import { decodeCursor } from '../../core/answers/cursor.ts';
import { fileId, fileIxOf } from '../../core/file-entry.ts';
import type { FileItem } from '../../core/answers/file-item.ts';
import type { ArchiveStatus } from '../../core/answers/lake-status.ts';
import type { Page } from '../../core/answers/page.ts';
import type { FileFilter, PageRequest, Questions } from '../../core/answers/questions.ts';
import { isoOrNull } from '../../core/time/time.ts';
import type { Followed } from '../follow/followed.ts';
import type { Directories } from '../names/directories.ts';
import type { FileBook } from '../files/file-book.ts';
import type { FileFacts, FilePages } from '../files/file-pages.ts';
import type { Readers } from '../store/readers.ts';
import type { KindCount } from '../rejects/reason-counts.ts';
import type { RejectPages } from '../rejects/reject-pages.ts';
import { listName, pageOf } from './page.ts';

export interface FileParts {
  readers: Readers;
  names: Directories;
  files: FileBook;
  rejects: Followed<RejectPages>;
}

export async function listFiles({ names, files, rejects }: FileParts, filter: FileFilter, page: PageRequest): Promise<Page<FileItem>> {
  const list = listName('files', filter);
  const from = page.cursor === undefined ? 0 : Number(decodeCursor(list, page.cursor)[0]) + 1;
  const [pages, { counts }] = await Promise.all([files.current(), rejects.current()]);
  const matches = fileMatcher(filter, pages, names);
  const rows: FileFacts[] = [];
  for (const file of pages.all(from)) {
    if (matches(file)) rows.push(file);
    if (rows.length > page.limit) break;
  }
  return pageOf(list, rows, page.limit, (file) => fileItem(file, pages, counts.of({ file: file.fileIx }, () => true)), ({ fileIx }) => [fileIx]);
}

function fileMatcher({ source, project, state, session, file }: FileFilter, pages: FilePages, names: Directories): (file: FileFacts) => boolean {
  const sessionIx = session === undefined ? undefined : (names.sessions.ixOfId(session) ?? -1);
  const only = file === undefined ? undefined : (fileIxOf(file) ?? -1);
  return (facts) =>
    (source === undefined || facts.source === source)
    && (project === undefined || facts.project === project)
    && (state === undefined || facts.state === state)
    && (only === undefined || facts.fileIx === only)
    && (sessionIx === undefined || pages.sessionsOf(facts.fileIx).includes(sessionIx));
}

function fileItem({ fileIx, source, project, root, path, generation, offset, size, lines, rejects, modifiedMs, state }: FileFacts, pages: FilePages, counts: readonly KindCount[]): FileItem {
  const reasons = Object.fromEntries(counts.flatMap(({ reason, lines: some }) => (reason === null ? [] : [{ reason, some }])).toSorted((a, b) => (a.reason < b.reason ? -1 : 1)).map(({ reason, some }) => [reason, some]));
  return {
    id: fileId(fileIx), source, project, path: `${root}/${path}`, root, generation, offset, size, lag_bytes: state === 'present' ? Math.max(0, size - offset) : 0, lines, rejects, flagged: counts.find(({ reason }) => reason === null)?.lines ?? 0, reasons,
    archived_bytes: pages.archivedBytes(fileIx), modified_at: isoOrNull(modifiedMs), state,
  };
}

/** What is due are files none of whose sessions is still being written. */
export async function readArchiveStatus(files: FileBook, nowMs: number, idleMs: number): Promise<ArchiveStatus> {
  const pages = await files.current();
  const { parts, bytes, sourceBytes } = pages.archive;
  return { parts, bytes, source_bytes: sourceBytes, pending_bytes: pages.unarchivedBytes(nowMs - idleMs), lost_bytes: 0, last_error: null };
}

export async function readTotals(files: FileBook): ReturnType<Questions['totals']> {
  const pages = await files.current();
  const { files: count, bytesTotal, bytesIndexed, lines, rejects } = pages.totals;
  return { files: count, bytesTotal, bytesIndexed, lines, rejects, sessions: pages.sessions };
}
