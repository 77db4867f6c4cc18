// What is known of each file, in columns: enough to say where its sessions stand.

import { withRow } from '../../core/columns/columns.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import { FileSessions } from '../files/file-sessions.ts';
import type { SessionFacts } from './session-facts.ts';

type Mark = Pick<FileEntry, 'state' | 'offset' | 'modifiedMs'>;
export type FilesFacts = Readonly<Pick<SessionFacts, 'files' | 'offsetBytes' | 'archivedBytes' | 'modifiedMs' | 'gone'>>;

/** Its place is its number; 0 stands for a file that is not marked yet. */
const STATES = [null, 'present', 'gone', 'replaced'] as const satisfies readonly (FileEntry['state'] | null)[];

export class FileMarks {
  private readonly joined = new FileSessions();
  private state = new Uint8Array();
  private offset = new Float64Array();
  private modifiedMs = new Float64Array();
  private archived = new Float64Array();

  /** The sessions that its lines are of. `archived`: bytes, where they are not known yet. */
  set(file: number, { state, offset, modifiedMs }: Mark, archived?: number): readonly number[] {
    this.makeRoom(file);
    this.state[file] = STATES.indexOf(state);
    this.offset[file] = offset;
    this.modifiedMs[file] = modifiedMs;
    this.archived[file] = archived ?? (this.archived[file] as number);
    return this.joined.of(file);
  }

  /** As `set`. */
  addArchived(file: number, bytes: number): readonly number[] {
    this.makeRoom(file);
    this.archived[file] = (this.archived[file] as number) + bytes;
    return this.joined.of(file);
  }

  join(file: number, session: number): void {
    this.joined.join(file, session);
  }

  /** Of all files of a session. */
  of(session: number): FilesFacts {
    const facts = { files: 0, offsetBytes: 0, archivedBytes: 0, modifiedMs: null as number | null, gone: false };
    let [hasFiles, isThere] = [false, false];
    for (const file of this.joined.filesOf(session)) {
      hasFiles = true;
      const state = STATES[this.state[file] ?? 0] ?? null;
      if (state === null) continue;
      const modifiedMs = this.modifiedMs[file] as number;
      if (state !== 'replaced') facts.files += 1;
      if (state === 'present') isThere = true;
      facts.offsetBytes += this.offset[file] as number;
      facts.archivedBytes += this.archived[file] as number;
      facts.modifiedMs = Math.max(facts.modifiedMs ?? modifiedMs, modifiedMs);
    }
    facts.gone = hasFiles && !isThere;
    return facts;
  }

  private makeRoom(file: number): void {
    this.state = withRow(this.state, file);
    this.offset = withRow(this.offset, file);
    this.modifiedMs = withRow(this.modifiedMs, file);
    this.archived = withRow(this.archived, file);
  }
}
