// Versions of what answers depend on. A commit changes those of the sessions it has lines or files of, and
// of those whose calls it moved; whatever else is written changes them all. Told once the commit is sure to
// be seen by who reads after it.

import { LRUCache } from 'lru-cache';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Versions } from '../../core/answers/versions.ts';
import { CommitChanges } from '../follow/commit-changes.ts';
import type { AddedPart, CommitChange } from '../follow/commit-changes.ts';
import type { SessionDirectory } from '../names/directories.ts';
import { FileSessions } from '../files/file-sessions.ts';
import { StatusClock } from '../book/status-clock.ts';
import { readWhole } from '../store/whole-rows.ts';

/** Some hundred bytes each. */
const ALONE_MAX = 10_000;

export interface VersionsOptions {
  epoch: string;
  sessions: () => SessionDirectory;
  now: () => number;
  /** Quiet for this long, a session is completed. */
  idleMs: number;
}

export class LakeVersions implements Versions {
  /** For who follows them. */
  readonly changes = new CommitChanges();
  private readonly options: VersionsOptions;
  private readonly clock: StatusClock;
  /** Of everything, whenever it is not known what changed. */
  private generation = 0;
  private commits = 0;
  private readonly bySession = new Map<number, number>();
  /** The commits that told last of how agents of a session began. */
  private readonly linking = new Map<number, number>();
  /** Of sessions whose calls no other one tells of: the version in which that was seen. */
  private readonly alone = new LRUCache<number, string>({ max: ALONE_MAX });
  private readonly byProject = new Map<string, number>();
  private joined = new FileSessions();

  constructor(options: VersionsOptions) {
    this.options = options;
    this.clock = new StatusClock(options.idleMs);
  }

  /** Reads which files belong to which sessions, and when they were written. */
  async load(connection: DuckDBConnection): Promise<void> {
    this.changedAside();
    this.joined = new FileSessions();
    this.clock.clear();
    const since = this.options.now() - this.options.idleMs;
    const rows = await readWhole(connection, { from: 'file_sessions JOIN files_now USING (file_ix)', by: 'file_ix, session_ix', texts: {}, numbers: { file: 'file_ix', session: 'session_ix', modifiedMs: 'modified_ms' } });
    for (const { file, session, modifiedMs } of rows) {
      this.joined.join(file, session);
      if (modifiedMs > since) this.clock.touched(session, modifiedMs);
    }
  }

  committed(change: CommitChange): void {
    const { sessions, files, fileSessions } = change;
    this.commits += 1;
    for (const { file, session } of fileSessions) this.joined.join(file, session);
    for (const session of sessions) this.bump(session);
    for (const session of change.linking) this.linking.set(session, this.commits);
    for (const { fileIx, modifiedMs } of files) {
      for (const session of this.joined.of(fileIx)) {
        this.bump(session);
        this.clock.touched(session, modifiedMs);
      }
    }
    this.changes.committed(change);
  }

  /** Bytes of files came into the archive, and nothing else was written. */
  partAdded(part: AddedPart): void {
    this.commits += 1;
    this.changes.partAdded(part);
    for (const { fileIx } of part.segments) for (const session of this.joined.of(fileIx)) this.bump(session);
  }

  /** Sessions came to another project: commits tell of these, and not of the one that each left. */
  projectsChanged(): void {
    this.generation += 1;
  }

  /** Something was written that is no commit. */
  changedAside(): void {
    this.generation += 1;
    this.changes.changedAside();
  }

  lake(): string {
    return `${this.base()}/${this.commits}/${this.clock.changes(this.options.now())}`;
  }

  links(id: string): string {
    const ix = this.options.sessions().ixOfId(id);
    return `${this.base()}/l${ix === undefined ? this.commits : (this.linking.get(ix) ?? 0)}`;
  }

  session(id: string): string {
    const ix = this.options.sessions().ixOfId(id);
    return ix === undefined ? this.lake() : `${this.base()}/s${this.bySession.get(ix) ?? 0}/${this.clock.phase(ix, this.options.now())}`;
  }

  /** That of the lake, unless no other session is known to tell of the same calls: as soon as one does, the session itself changes. */
  ledger(id: string): string {
    const ix = this.options.sessions().ixOfId(id);
    const version = this.session(id);
    return ix !== undefined && this.alone.get(ix) === version ? version : this.lake();
  }

  /** In this version of the session it owns all its calls, and no other one has a line of them. */
  sawAlone(session: number, version: string): void {
    this.alone.set(session, version);
  }

  project(id: string): string {
    return `${this.base()}/p${this.byProject.get(id) ?? 0}/${this.clock.changes(this.options.now())}`;
  }

  private base(): string {
    return `${this.options.epoch}/${this.generation}`;
  }

  private bump(session: number): void {
    this.bySession.set(session, this.commits);
    const project = this.options.sessions().at(session)?.project;
    if (project !== undefined) this.byProject.set(project, this.commits);
  }
}
