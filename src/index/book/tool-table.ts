// Calls of tools by session, tool and quarter hour, in columns.

import type { ToolDelta } from '../delta-sums.ts';

const FIRST_ROWS = 1024;
const COLUMNS = ['session', 'tool', 'bucket', 'next', 'calls'] as const;

export class ToolTable {
  length = 0;
  session = new Int32Array(FIRST_ROWS);
  tool = new Int32Array(FIRST_ROWS);
  /** Quarter hours since the epoch, -1 for no time. */
  bucket = new Int32Array(FIRST_ROWS);
  /** The row of the same session before it; -1 for none. */
  next = new Int32Array(FIRST_ROWS);
  calls = new Int32Array(FIRST_ROWS);
  private readonly heads: number[] = [];

  /** The last row of a session, which leads to the others; -1 for none. */
  first(session: number): number {
    return this.heads[session] ?? -1;
  }

  /** A further row; there must be none of its place. */
  append({ session, tool, bucket, calls }: Omit<ToolDelta, 'agent'>): void {
    const row = this.length++;
    if (row === this.session.length) this.grow();
    this.session[row] = session;
    this.tool[row] = tool;
    this.bucket[row] = bucket;
    this.calls[row] = calls;
    this.next[row] = this.first(session);
    this.heads[session] = row;
  }

  /** The rows of a session are few, and what is added to was mostly added last. */
  add(delta: Omit<ToolDelta, 'agent'>): void {
    for (let row = this.first(delta.session); row !== -1; row = this.next[row] as number) {
      if (this.tool[row] !== delta.tool || this.bucket[row] !== delta.bucket) continue;
      this.calls[row] = (this.calls[row] as number) + delta.calls;
      return;
    }
    this.append(delta);
  }

  private grow(): void {
    for (const name of COLUMNS) {
      const column = new Int32Array(this.length * 2);
      column.set(this[name]);
      this[name] = column;
    }
  }
}
