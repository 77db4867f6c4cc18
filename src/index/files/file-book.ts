// What is known of every file, in memory: read once, and from then on kept up to date by what commits tell,
// without asking the tables. Some hundred bytes a file. Where something else was written it is read again.

import type { CommitChange, CommitChanges, Follower } from '../book/commit-changes.ts';
import type { Readers } from '../readers.ts';
import { FilePages } from './file-pages.ts';
import { readArchiveSums, readFilePages } from './read-files.ts';

export class FileBook {
  private readonly readers: Readers;
  private readonly changes: CommitChanges | null;
  private held = new FilePages();
  /** The last commit that is in. */
  private seq = -1;
  private follower: Follower | null = null;
  private reading: Promise<void> | null = null;

  /** `changes`: null where nobody tells of them; then everything is read for every answer. */
  constructor(readers: Readers, changes: CommitChanges | null) {
    this.readers = readers;
    this.changes = changes;
  }

  /** Everything that was committed before is in. Not to be kept. */
  async current(): Promise<FilePages> {
    if (this.reading === null && this.follow()) return this.held;
    // One that is under way may have begun too early.
    if (this.reading !== null) await this.reading;
    if (this.reading === null && this.follow()) return this.held;
    await (this.reading ??= this.read().finally(() => (this.reading = null)));
    this.follow();
    return this.held;
  }

  /** With what is known of the archive, which commits do not tell. */
  async withArchive(): Promise<FilePages> {
    const pages = await this.current();
    if (pages.isArchiveKnown) return pages;
    const told = pages.toldOfArchive;
    pages.setArchive(await this.readers.use((connection) => readArchiveSums(connection)), told);
    return pages;
  }

  /** False where it is not known what changed. */
  private follow(): boolean {
    const taken = this.follower?.take() ?? null;
    if (taken === null) return false;
    for (const change of taken.commits) this.add(change);
    if (taken.archived.length > 0) this.held.archiveChanged();
    return true;
  }

  /** What was committed while the tables were read may be in them. */
  private add(change: CommitChange): void {
    if (change.seq <= this.seq) return;
    this.held.commit(change);
    this.seq = change.seq;
  }

  private async read(): Promise<void> {
    this.leave();
    this.follower = this.changes?.follow(() => void this.current().catch(() => undefined)) ?? null;
    try {
      const pages = new FilePages();
      this.seq = await this.readers.ahead((connection) => readFilePages(connection, pages));
      this.held = pages;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  private leave(): void {
    if (this.follower !== null) this.changes?.leave(this.follower);
    this.follower = null;
  }
}
