// Lines that are no records, or records in which something is wrong, in the order of the lake: the first so many of
// them in columns, some 50 bytes each beside the few words on what is wrong. What comes behind these is in the tables.

import type { PlacedOddity, PlacedReject } from '../rows/placed.ts';

const FIRST_ROWS = 64;

/** A line may have several reasons, each a row. */
export interface RowPlace {
  offset: number;
  reason: string;
}

export type RejectRow = RowPlace & Pick<PlacedReject, 'fileIx' | 'sessionIx' | 'line' | 'byteOffset' | 'byteLength' | 'detail'>;

export type RowMatcher = (file: number, session: number, reason: string) => boolean;

export class RejectRows {
  length = 0;
  /** False where there are more than are held. */
  isWhole = true;
  private readonly maxRows: number;
  private offset = new Float64Array(FIRST_ROWS);
  private fileIx = new Int32Array(FIRST_ROWS);
  private sessionIx = new Int32Array(FIRST_ROWS);
  private line = new Int32Array(FIRST_ROWS);
  private byteOffset = new Float64Array(FIRST_ROWS);
  private byteLength = new Float64Array(FIRST_ROWS);
  private readonly reason: string[] = [];
  private readonly detail: (string | null)[] = [];

  constructor(maxRows: number) {
    this.maxRows = maxRows;
  }

  /** Of a commit, in their order: each comes behind those of the commits before. */
  add(rows: readonly (PlacedReject | PlacedOddity)[]): void {
    if (rows.length === 0) return;
    const room = this.maxRows - this.length;
    if (rows.length > room) this.isWhole = false;
    if (room > 0) for (const row of rows.slice(0, room)) this.append({ ...row, detail: 'detail' in row ? row.detail : null });
  }

  append(row: RejectRow): void {
    const at = this.length++;
    if (at === this.offset.length) this.grow();
    this.offset[at] = row.offset;
    this.fileIx[at] = row.fileIx;
    this.sessionIx[at] = row.sessionIx;
    this.line[at] = row.line;
    this.byteOffset[at] = row.byteOffset;
    this.byteLength[at] = row.byteLength;
    this.reason.push(row.reason);
    this.detail.push(row.detail);
  }

  /** The last of those that are held. */
  get last(): RowPlace | null {
    return this.length === 0 ? null : this.placeOf(this.length - 1);
  }

  /** The first ones behind a place, or of all, that match. */
  after(place: RowPlace | null, count: number, matches: RowMatcher): RejectRow[] {
    const rows: RejectRow[] = [];
    for (let row = place === null ? 0 : this.firstBehind(place); row < this.length && rows.length < count; row++) if (this.isOf(row, matches)) rows.push(this.at(row));
    return rows;
  }

  /** Of those that are held. */
  count(matches: RowMatcher): number {
    let count = 0;
    for (let row = 0; row < this.length; row++) if (this.isOf(row, matches)) count += 1;
    return count;
  }

  private isOf(row: number, matches: RowMatcher): boolean {
    return matches(this.fileIx[row] as number, this.sessionIx[row] as number, this.reason[row] as string);
  }

  private at(row: number): RejectRow {
    return {
      ...this.placeOf(row), fileIx: this.fileIx[row] as number, sessionIx: this.sessionIx[row] as number, line: this.line[row] as number,
      byteOffset: this.byteOffset[row] as number, byteLength: this.byteLength[row] as number, detail: this.detail[row] ?? null,
    };
  }

  private placeOf(row: number): RowPlace {
    return { offset: this.offset[row] as number, reason: this.reason[row] as string };
  }

  private firstBehind(place: RowPlace): number {
    let [from, to] = [0, this.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (comparePlaces(this.placeOf(middle), place) <= 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private grow(): void {
    const size = this.offset.length * 2;
    this.offset = copied(this.offset, new Float64Array(size));
    this.fileIx = copied(this.fileIx, new Int32Array(size));
    this.sessionIx = copied(this.sessionIx, new Int32Array(size));
    this.line = copied(this.line, new Int32Array(size));
    this.byteOffset = copied(this.byteOffset, new Float64Array(size));
    this.byteLength = copied(this.byteLength, new Float64Array(size));
  }
}

/** By where they are in the lake, then by reason. */
export function comparePlaces(a: RowPlace, b: RowPlace): number {
  return a.offset - b.offset || (a.reason === b.reason ? 0 : a.reason < b.reason ? -1 : 1);
}

function copied<Column extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
