// Everything a book of files holds, and how a commit changes it.

import type { FileEntry } from '../../core/file-entry.ts';
import type { CommitChange } from '../book/commit-changes.ts';

export type FileFacts = Readonly<Pick<FileEntry, 'fileIx' | 'source' | 'root' | 'path' | 'project' | 'generation' | 'offset' | 'size' | 'lines' | 'rejects' | 'modifiedMs' | 'state'>>;

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
const NONE: readonly number[] = [];

export class FilePages {
  /** By number. */
  private readonly files: (FileFacts | undefined)[] = [];
  private readonly joined: (number[] | undefined)[] = [];
  private lastSession = 0;
  private sums = NOTHING_ARCHIVED;
  /** Grows with whatever may change the sums of the archive, which commits do not tell. */
  private told = 0;
  private known = -1;

  /** From a number on, in their order. */
  *all(from = 0): Generator<FileFacts> {
    for (let fileIx = from; fileIx < this.files.length; fileIx++) {
      const file = this.files[fileIx];
      if (file !== undefined) yield file;
    }
  }

  at(fileIx: number): FileFacts | undefined {
    return this.files[fileIx];
  }

  /** Numbers of the sessions that its lines are of. */
  sessionsOf(fileIx: number): readonly number[] {
    return this.joined[fileIx] ?? NONE;
  }

  /** How many there are: the highest number. */
  get sessions(): number {
    return this.lastSession;
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
  }

  archiveChanged(): void {
    this.told += 1;
  }

  set({ fileIx, source, root, path, project, generation, offset, size, lines, rejects, modifiedMs, state }: FileFacts): void {
    // What is lost is among the rejects.
    if (rejects !== (this.files[fileIx]?.rejects ?? 0)) this.archiveChanged();
    this.files[fileIx] = { fileIx, source, root, path, project, generation, offset, size, lines, rejects, modifiedMs: Math.trunc(modifiedMs), state };
  }

  addSession(session: number): void {
    this.lastSession = Math.max(this.lastSession, session);
  }

  join(fileIx: number, session: number): void {
    const sessions = (this.joined[fileIx] ??= []);
    if (!sessions.includes(session)) sessions.push(session);
    this.addSession(session);
  }

  commit({ files, fileSessions, sessions }: CommitChange): void {
    for (const file of files) this.set(file);
    for (const { file, session } of fileSessions) this.join(file, session);
    for (const session of sessions) this.addSession(session);
  }
}
