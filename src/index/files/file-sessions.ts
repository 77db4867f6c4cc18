// Which files have lines of which sessions, both ways, in a few bytes a file: nearly every file is of one session.

import { withRow } from '../../core/columns/columns.ts';

const NONE: readonly number[] = [];

/** Numbers of files and sessions are small and begin at 1. */
export class FileSessions {
  /** By file: its first session, 0 for none; and the file of that session before it. */
  private sessions = new Int32Array();
  private before = new Int32Array();
  /** By session: the last file whose first session it is. */
  private lasts = new Int32Array();
  /** By file, by session: those beyond. */
  private readonly further = new Map<number, number[]>();
  private readonly furtherFiles = new Map<number, number[]>();

  /** True where it is not known already. */
  join(file: number, session: number): boolean {
    if ((this.sessions[file] ?? 0) === 0) {
      this.sessions = withRow(this.sessions, file);
      this.before = withRow(this.before, file);
      this.lasts = withRow(this.lasts, session);
      this.sessions[file] = session;
      this.before[file] = this.lasts[session] as number;
      this.lasts[session] = file;
      return true;
    }
    if (this.of(file).includes(session)) return false;
    listAt(this.further, file).push(session);
    listAt(this.furtherFiles, session).push(file);
    return true;
  }

  /** Sessions of a file, the first that was told first. */
  of(file: number): readonly number[] {
    const first = this.sessions[file] ?? 0;
    if (first === 0) return NONE;
    const further = this.further.get(file);
    return further === undefined ? [first] : [first, ...further];
  }

  *filesOf(session: number): Generator<number> {
    for (let file = this.lasts[session] ?? 0; file !== 0; file = this.before[file] as number) yield file;
    yield* this.furtherFiles.get(session) ?? NONE;
  }
}

function listAt(lists: Map<number, number[]>, key: number): number[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}
