// Texts by row, as UTF-8 in one buffer that grows: a string is made when somebody asks. What a longer text leaves
// behind is taken back when room is made.

import { withRow } from './columns.ts';

const GROWTH = 1.25;
const FIRST_BYTES = 1024;
/** Bytes that one UTF-16 unit takes at most. */
const UNIT_BYTES = 3;

export class TextRows {
  private bytes = Buffer.alloc(0);
  private end = 0;
  private starts = new Uint32Array(0);
  private lengths = new Uint32Array(0);
  /** Bytes before `end` that are no row's. */
  private left = 0;

  /** Empty where none was set. */
  at(row: number): string {
    const start = this.starts[row] ?? 0;
    return this.bytes.toString('utf8', start, start + (this.lengths[row] ?? 0));
  }

  /** Of well-formed text. */
  set(row: number, text: string): void {
    this.starts = withRow(this.starts, row);
    this.lengths = withRow(this.lengths, row);
    const before = this.lengths[row] as number;
    this.left += before;
    if (before > 0 && Buffer.byteLength(text) <= before) this.left -= this.write(row, text, this.starts[row] as number);
    else {
      this.lengths[row] = 0;
      this.makeRoom(text.length * UNIT_BYTES);
      this.end += this.write(row, text, this.end);
    }
  }

  private write(row: number, text: string, start: number): number {
    const length = this.bytes.write(text, start, 'utf8');
    this.starts[row] = start;
    this.lengths[row] = length;
    return length;
  }

  private makeRoom(length: number): void {
    const needed = this.end + length;
    if (needed <= this.bytes.length) return;
    const used = this.end - this.left;
    const room = Math.max(FIRST_BYTES, used + length, Math.ceil(used * GROWTH));
    const bytes = Buffer.allocUnsafeSlow(room);
    if (this.left === 0) this.bytes.copy(bytes, 0, 0, this.end);
    else this.pack(bytes);
    this.bytes = bytes;
    this.end = used;
    this.left = 0;
  }

  /** One row after the other. */
  private pack(to: Buffer): void {
    let end = 0;
    for (const [row, length] of this.lengths.entries()) {
      const start = this.starts[row] as number;
      this.bytes.copy(to, end, start, start + length);
      this.starts[row] = end;
      end += length;
    }
  }
}
