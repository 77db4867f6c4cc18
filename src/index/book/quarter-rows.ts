// Numbers for what was in each quarter hour: one for each pair of a kind and a quarter hour, from 0 on.

import { withRow } from '../../core/columns/columns.ts';

export class QuarterRows {
  length = 0;
  /** A model's number, or a tool's. */
  kind = new Int32Array();
  /** Quarter hours since the epoch, -1 for no time. */
  bucket = new Int32Array();
  private readonly byKind = new Map<number, Map<number, number>>();

  /** Made where it is new. */
  at(kind: number, bucket: number): number {
    let rows = this.byKind.get(kind);
    if (rows === undefined) this.byKind.set(kind, (rows = new Map()));
    let row = rows.get(bucket);
    if (row === undefined) rows.set(bucket, (row = this.append(kind, bucket)));
    return row;
  }

  private append(kind: number, bucket: number): number {
    const row = this.length++;
    this.kind = withRow(this.kind, row);
    this.bucket = withRow(this.bucket, row);
    this.kind[row] = kind;
    this.bucket[row] = bucket;
    return row;
  }
}
