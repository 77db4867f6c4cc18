// What is known of each file: enough to say where its sessions stand.

import type { FileEntry } from '../../core/file-entry.ts';
import type { SessionFacts } from './session-facts.ts';

interface Mark {
  /** Null for one that is not marked yet. */
  entry: Pick<FileEntry, 'state' | 'offset' | 'modifiedMs'> | null;
  archived: number;
  sessions: number[];
}

export type FilesFacts = Pick<SessionFacts, 'files' | 'offsetBytes' | 'archivedBytes' | 'modifiedMs' | 'gone'>;

export class FileMarks {
  private readonly marks = new Map<number, Mark>();

  /** The sessions that its lines are of. `archived`: bytes, where they are not known yet. */
  set(file: number, { state, offset, modifiedMs }: Pick<FileEntry, 'state' | 'offset' | 'modifiedMs'>, archived?: number): readonly number[] {
    const mark = this.at(file);
    mark.archived = archived ?? mark.archived;
    mark.entry = { state, offset, modifiedMs };
    return mark.sessions;
  }

  /** As `set`. */
  addArchived(file: number, bytes: number): readonly number[] {
    const mark = this.at(file);
    mark.archived += bytes;
    return mark.sessions;
  }

  /** True where it is not known already. */
  join(file: number, session: number): boolean {
    const { sessions } = this.at(file);
    if (sessions.includes(session)) return false;
    sessions.push(session);
    return true;
  }

  of(files: readonly number[]): FilesFacts {
    const facts = { files: 0, offsetBytes: 0, archivedBytes: 0, modifiedMs: null as number | null, gone: files.length > 0 };
    for (const file of files) {
      const { entry, archived } = this.at(file);
      if (entry === null) continue;
      if (entry.state !== 'replaced') facts.files += 1;
      if (entry.state === 'present') facts.gone = false;
      facts.offsetBytes += entry.offset;
      facts.archivedBytes += archived;
      facts.modifiedMs = Math.max(facts.modifiedMs ?? entry.modifiedMs, entry.modifiedMs);
    }
    return facts;
  }

  private at(file: number): Mark {
    let mark = this.marks.get(file);
    if (mark === undefined) this.marks.set(file, (mark = { entry: null, archived: 0, sessions: [] }));
    return mark;
  }
}
