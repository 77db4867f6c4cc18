// Everything a book of files holds, and how a commit changes it.

import { ARCHIVED_LINE_MAX_BYTES } from '../../core/archive-port.ts';
import type { AddedPart, CommitChange } from '../follow/commit-changes.ts';
import type { Following } from '../follow/followed.ts';
import { FileColumns } from './file-columns.ts';
import type { KnownFile } from './file-columns.ts';
import { FileSessions } from './file-sessions.ts';
import { FileSums } from './file-sums.ts';
import { RecentFiles } from './recent-files.ts';

export type FileFacts = KnownFile;

/** What parts of the archive come to. */
export interface ArchiveSums {
  parts: number;
  bytes: number;
  sourceBytes: number;
}

export class FilePages implements Following {
  private readonly files = new FileColumns();
  private readonly joined = new FileSessions();
  private lastSession = 0;
  private counted = new FileSums();
  private recent = new RecentFiles();
  private readonly sums: ArchiveSums = { parts: 0, bytes: 0, sourceBytes: 0 };
  /** Bytes that are in the archive, by file; and those that no part will have: lost ones, and lines that are too long. */
  private readonly archived = new Map<number, number>();
  private readonly neverArchived = new Map<number, number>();

  /** From a number on, in their order. */
  *all(from = 0): Generator<FileFacts> {
    for (let fileIx = from; fileIx < this.files.length; fileIx++) {
      const file = this.files.at(fileIx);
      if (file !== undefined) yield file;
    }
  }

  at(fileIx: number): FileFacts | undefined {
    return this.files.at(fileIx);
  }

  /** Numbers of the sessions that its lines are of. */
  sessionsOf(fileIx: number): readonly number[] {
    return this.joined.of(fileIx);
  }

  filesOf(session: number): Iterable<number> {
    return this.joined.filesOf(session);
  }

  /** How many there are: the highest number. */
  get sessions(): number {
    return this.lastSession;
  }

  /** Of all files. */
  get totals(): Readonly<FileSums> {
    return this.counted;
  }

  get archive(): Readonly<ArchiveSums> {
    return this.sums;
  }

  /** Of a file, in the archive. */
  archivedBytes(fileIx: number): number {
    return this.archived.get(fileIx) ?? 0;
  }

  /** Bytes that wait to be archived: of files none of whose sessions has a file that is there and was written since then. */
  unarchivedBytes(sinceMs: number): number {
    if (!this.recent.knows(sinceMs)) this.remember();
    const running = new Set<number>();
    for (const file of this.recent.after(sinceMs)) for (const session of this.sessionsOf(file)) running.add(session);
    const waiting = new Set<number>();
    for (const session of running) for (const file of this.joined.filesOf(session)) waiting.add(file);
    let bytes = this.counted.bytesIndexed - this.counted.bytesSettled;
    for (const fileIx of waiting) {
      const file = this.files.at(fileIx);
      if (file !== undefined && file.state !== 'replaced') bytes -= file.offset - this.settled(fileIx);
    }
    return bytes;
  }

  set({ fileIx, source, root, path, project, generation, offset, size, lines, rejects, modifiedMs, state }: FileFacts): void {
    const before = this.files.at(fileIx);
    const file = { fileIx, source, root, path, project, generation, offset, size, lines, rejects, modifiedMs: Math.trunc(modifiedMs), state };
    const settled = this.settled(fileIx);
    if (before !== undefined) this.counted.count(before, settled, -1);
    this.counted.count(file, settled, 1);
    this.files.set(file);
    this.noteTime(file);
  }

  addSession(session: number): void {
    this.lastSession = Math.max(this.lastSession, session);
  }

  join(fileIx: number, session: number): void {
    this.joined.join(fileIx, session);
    this.addSession(session);
  }

  addParts({ parts, bytes, sourceBytes }: ArchiveSums): void {
    this.sums.parts += parts;
    this.sums.bytes += bytes;
    this.sums.sourceBytes += sourceBytes;
  }

  addArchived(fileIx: number, bytes: number): void {
    this.settle(this.archived, fileIx, bytes);
  }

  addNeverArchived(fileIx: number, bytes: number): void {
    this.settle(this.neverArchived, fileIx, bytes);
  }

  addPart({ bytes, sourceBytes, segments }: AddedPart): boolean {
    this.addParts({ parts: 1, bytes, sourceBytes });
    for (const { fileIx, from, to } of segments) this.addArchived(fileIx, to - from);
    return true;
  }

  commit({ files, fileSessions, sessions, rejects }: CommitChange): void {
    for (const file of files) this.set(file);
    for (const { file, session } of fileSessions) this.join(file, session);
    for (const session of sessions) this.addSession(session);
    for (const { reason, fileIx, byteLength } of rejects) if (reason === 'lost' || byteLength > ARCHIVED_LINE_MAX_BYTES) this.addNeverArchived(fileIx, byteLength + 1);
  }

  private settled(fileIx: number): number {
    return this.archivedBytes(fileIx) + (this.neverArchived.get(fileIx) ?? 0);
  }

  private settle(bytesOf: Map<number, number>, fileIx: number, bytes: number): void {
    const file = this.files.at(fileIx);
    if (file !== undefined) this.counted.count(file, this.settled(fileIx), -1);
    bytesOf.set(fileIx, (bytesOf.get(fileIx) ?? 0) + bytes);
    if (file !== undefined) this.counted.count(file, this.settled(fileIx), 1);
  }

  private noteTime({ fileIx, state, modifiedMs }: FileFacts): void {
    this.recent.set(fileIx, state === 'present' ? modifiedMs : null);
  }

  private remember(): void {
    this.recent = new RecentFiles();
    for (const file of this.all()) this.noteTime(file);
  }
}
