// Texts that some rows of a batch have, as UTF-8 one after the other: a hundred thousand strings would
// cost more to make, to send to another thread and to forget than all the rest of their rows.

export interface TextColumn {
  /** The rows that have a text, rising. */
  rows: Uint32Array;
  /** Where the text of each of them ends in `bytes`; it begins where the one before ends. */
  ends: Uint32Array;
  bytes: Uint8Array;
}

const decoder = new TextDecoder();

export function textAt({ rows, ends, bytes }: TextColumn, row: number): string | undefined {
  const at = firstFrom(rows, row);
  return rows[at] === row ? decoder.decode(bytes.subarray(at === 0 ? 0 : ends[at - 1], ends[at])) : undefined;
}

/** The place of the first of these rows that is not below `row`. */
export function firstFrom(rows: Uint32Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as number) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bytes that one UTF-16 unit takes at most. */
const UNIT_BYTES = 3;

/** Fills a column, row after row; used again after `clear`. */
export class TextColumnBuilder {
  private rows = new Uint32Array(0);
  private ends = new Uint32Array(0);
  private bytes = Buffer.alloc(0);
  private length = 0;
  private end = 0;
  private view: TextColumn | null = null;

  /** Views that are good until more is added. */
  get column(): TextColumn {
    return (this.view ??= { rows: this.rows.subarray(0, this.length), ends: this.ends.subarray(0, this.length), bytes: new Uint8Array(this.bytes.buffer, this.bytes.byteOffset, this.end) });
  }

  add(row: number, text: string): void {
    this.reserve(1, text.length * UNIT_BYTES);
    this.end += this.bytes.write(text, this.end, 'utf8');
    this.rows[this.length] = row;
    this.ends[this.length++] = this.end;
  }

  /** All of another column, its row 0 as row `first` of this one. */
  addAll({ rows, ends, bytes }: TextColumn, first: number): void {
    this.reserve(rows.length, bytes.length);
    for (let i = 0; i < rows.length; i++) {
      this.rows[this.length + i] = (rows[i] as number) + first;
      this.ends[this.length + i] = (ends[i] as number) + this.end;
    }
    this.bytes.set(bytes, this.end);
    this.length += rows.length;
    this.end += bytes.length;
  }

  clear(): void {
    this.view = null;
    this.length = 0;
    this.end = 0;
  }

  private reserve(rows: number, bytes: number): void {
    this.view = null;
    if (this.length + rows > this.rows.length) {
      const length = Math.max(this.rows.length * 2, this.length + rows, 16);
      this.rows = widened(this.rows, length);
      this.ends = widened(this.ends, length);
    }
    if (this.end + bytes <= this.bytes.length) return;
    const wider = Buffer.alloc(Math.max(this.bytes.length * 2, this.end + bytes, 1024));
    wider.set(this.bytes.subarray(0, this.end));
    this.bytes = wider;
  }
}

function widened(from: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(length);
  to.set(from);
  return to;
}
