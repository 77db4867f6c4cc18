// How many lines of each file and session have which reason, some 30 bytes for each such three.

const FIRST_ROWS = 64;
const NONE = -1;

/** `reason`: null counts lines, however many reasons each has. `kept`: they are records all the same. */
export interface Kind {
  reason: string | null;
  kept: boolean;
}

export interface KindCount extends Kind {
  lines: number;
}

/** Of lines of one file, or of one session, or of any. */
export interface CountedPlaces {
  file?: number | undefined;
  session?: number | undefined;
}

export class ReasonCounts {
  private length = 0;
  private file = new Int32Array(FIRST_ROWS);
  private session = new Int32Array(FIRST_ROWS);
  private kind = new Int32Array(FIRST_ROWS);
  private lines = new Float64Array(FIRST_ROWS);
  /** The row of the same file before it, and that of the same session. */
  private beforeOfFile = new Int32Array(FIRST_ROWS);
  private beforeOfSession = new Int32Array(FIRST_ROWS);
  private lastOfFile = new Int32Array(FIRST_ROWS).fill(NONE);
  private lastOfSession = new Int32Array(FIRST_ROWS).fill(NONE);
  /** By its number. */
  private readonly kinds: Kind[] = [];

  add(file: number, session: number, { reason, kept }: Kind, lines: number): void {
    const kind = this.kindOf(reason, kept);
    const row = this.find(file, session, kind) ?? this.append(file, session, kind);
    this.lines[row] = (this.lines[row] as number) + lines;
  }

  /** By reason, records before others, of the files and sessions that are let through. */
  of({ file, session }: CountedPlaces, matches: (file: number, session: number) => boolean): KindCount[] {
    const sums = this.kinds.map(() => 0);
    const count = (row: number): void => {
      if (!matches(this.file[row] as number, this.session[row] as number)) return;
      const kind = this.kind[row] as number;
      sums[kind] = (sums[kind] as number) + (this.lines[row] as number);
    };
    if (file !== undefined) for (let row = this.lastOfFile[file] ?? NONE; row !== NONE; row = this.beforeOfFile[row] as number) count(row);
    else if (session !== undefined) for (let row = this.lastOfSession[session] ?? NONE; row !== NONE; row = this.beforeOfSession[row] as number) count(row);
    else for (let row = 0; row < this.length; row++) count(row);
    const counts = this.kinds.map((kind, i): KindCount => ({ ...kind, lines: sums[i] as number })).filter(({ lines }) => lines > 0);
    return counts.toSorted((a, b) => Number(a.kept) - Number(b.kept) || ((a.reason ?? '') < (b.reason ?? '') ? -1 : 1));
  }

  private kindOf(reason: string | null, kept: boolean): number {
    const known = this.kinds.findIndex((kind) => kind.reason === reason && kind.kept === kept);
    return known === -1 ? this.kinds.push({ reason, kept }) - 1 : known;
  }

  /** Among those of the session: an export is one file of thousands of sessions, but a session has few files. */
  private find(file: number, session: number, kind: number): number | undefined {
    for (let row = this.lastOfSession[session] ?? NONE; row !== NONE; row = this.beforeOfSession[row] as number) {
      if (this.file[row] === file && this.kind[row] === kind) return row;
    }
    return undefined;
  }

  private append(file: number, session: number, kind: number): number {
    const row = this.length++;
    for (const name of ['file', 'session', 'kind', 'beforeOfFile', 'beforeOfSession'] as const) this[name] = withRoom(this[name], row);
    if (row >= this.lines.length) {
      const lines = new Float64Array(this.lines.length * 2);
      lines.set(this.lines);
      this.lines = lines;
    }
    this.lastOfFile = withRoom(this.lastOfFile, file);
    this.lastOfSession = withRoom(this.lastOfSession, session);
    [this.file[row], this.session[row], this.kind[row]] = [file, session, kind];
    this.beforeOfFile[row] = this.lastOfFile[file] as number;
    this.beforeOfSession[row] = this.lastOfSession[session] as number;
    this.lastOfFile[file] = row;
    this.lastOfSession[session] = row;
    return row;
  }
}

function withRoom(column: Int32Array<ArrayBuffer>, row: number): Int32Array<ArrayBuffer> {
  if (row < column.length) return column;
  const larger = new Int32Array(Math.max(row + 1, column.length * 2)).fill(NONE, column.length);
  larger.set(column);
  return larger;
}
