// Numbers for what was in each quarter hour: one for each pair of a kind and a quarter hour, from 0 on.

const FIRST_ROWS = 1024;

export class QuarterRows {
  length = 0;
  /** A model's number, or a tool's. */
  kind = new Int32Array(FIRST_ROWS);
  /** Quarter hours since the epoch, -1 for no time. */
  bucket = new Int32Array(FIRST_ROWS);
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
    if (row === this.kind.length) {
      this.kind = doubled(this.kind);
      this.bucket = doubled(this.bucket);
    }
    this.kind[row] = kind;
    this.bucket[row] = bucket;
    return row;
  }
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(column.length * 2);
  wider.set(column);
  return wider;
}
