// Everything a book of files holds, and how a commit changes it.

import type { CommitChange } from '../book/commit-changes.ts';
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
  /** Bytes of files that are in them, by file. */
  archived: ReadonlyMap<number, number>;
  /** Bytes that neither a part nor the file has any more, by file. */
  lost: ReadonlyMap<number, number>;
}

const NOTHING_ARCHIVED: ArchiveSums = { parts: 0, bytes: 0, sourceBytes: 0, archived: new Map(), lost: new Map() };

export class FilePages {
  private readonly files = new FileColumns();
  private readonly joined = new FileSessions();
  private lastSession = 0;
  private counted = new FileSums();
  private recent = new RecentFiles();
  private sums = NOTHING_ARCHIVED;
  /** Grows with whatever may change the sums of the archive, which commits do not tell. */
  private told = 0;
  private known = -1;

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

  /** How many there are: the highest number. */
  get sessions(): number {
    return this.lastSession;
  }

  /** Of all files. What of it is archived is known where `isArchiveKnown`. */
  get totals(): Readonly<FileSums> {
    return this.counted;
  }

  get archive(): ArchiveSums {
    return this.sums;
  }

  get isArchiveKnown(): boolean {
    return this.known === this.told;
  }

  get toldOfArchive(): number {
    return this.told;
  }

  /** As of when `toldOfArchive` was `told`. */
  setArchive(sums: ArchiveSums, told: number): void {
    this.sums = sums;
    this.known = told;
    this.counted = new FileSums();
    for (const file of this.all()) this.counted.count(file, this.settled(file.fileIx), 1);
  }

  archiveChanged(): void {
    this.told += 1;
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
    // What is lost is among the rejects.
    if (rejects !== (before?.rejects ?? 0)) this.archiveChanged();
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

  commit({ files, fileSessions, sessions }: CommitChange): void {
    for (const file of files) this.set(file);
    for (const { file, session } of fileSessions) this.join(file, session);
    for (const session of sessions) this.addSession(session);
  }

  private settled(fileIx: number): number {
    return (this.sums.archived.get(fileIx) ?? 0) + (this.sums.lost.get(fileIx) ?? 0);
  }

  private noteTime({ fileIx, state, modifiedMs }: FileFacts): void {
    this.recent.set(fileIx, state === 'present' ? modifiedMs : null);
  }

  private remember(): void {
    this.recent = new RecentFiles();
    for (const file of this.all()) this.noteTime(file);
  }
}
