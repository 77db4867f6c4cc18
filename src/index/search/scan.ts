// One request's way through the lines: which of them have the words. They are read in the order in which they
// lie in their files, in pieces of the order of time; between two pieces others have a turn.

import { setImmediate as turn } from 'node:timers/promises';
import { textOf } from '../../sources/content.ts';
import { LineRuns } from '../line-runs.ts';
import type { LinePlaces } from '../line-runs.ts';
import type { RecordLineParts } from '../record-lines.ts';
import type { Needle } from './needle.ts';
import type { Rows } from './newest-rows.ts';
import { found } from './snippet.ts';
import type { Found } from './snippet.ts';

/** Lines that are gone through together, the first time and at most. */
const FIRST_BYTES = 128 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;
/** Read and looked through without a pause. */
const TURN_BYTES = 1024 * 1024;

export interface ScanHit extends Found {
  offset: number;
  ts: number;
}

export class Scan {
  /** The newest first. */
  readonly hits: ScanHit[] = [];
  bytes = 0;
  private readonly parts: RecordLineParts;
  private readonly needle: Needle;
  private readonly runs: LineRuns;
  private pieceBytes = FIRST_BYTES;

  constructor(parts: RecordLineParts, needle: Needle) {
    this.parts = parts;
    this.needle = needle;
    this.runs = new LineRuns(parts.sources, parts.archived);
  }

  /** How many of the rows, from the first on, were looked through before it was enough; one piece at least. */
  async go(rows: Rows, isEnough: () => boolean): Promise<number> {
    let from = 0;
    while (from < rows.length) {
      const to = pieceEnd(rows.byteLength, from, this.pieceBytes);
      await this.piece(rows, from, to);
      this.pieceBytes = Math.min(MAX_BYTES, this.pieceBytes * 4);
      from = to;
      if (isEnough()) break;
    }
    return from;
  }

  release(): void {
    this.runs.release();
  }

  private async piece(rows: Rows, from: number, to: number): Promise<void> {
    const { file, byteOffset, byteLength } = rows;
    const order = Array.from({ length: to - from }, (_, i) => from + i).toSorted((a, b) => (file[a] as number) - (file[b] as number) || (byteOffset[a] as number) - (byteOffset[b] as number));
    const places: LinePlaces = { file: Int32Array.from(order, (row) => file[row] as number), byteOffset: Float64Array.from(order, (row) => byteOffset[row] as number), byteLength: Int32Array.from(order, (row) => byteLength[row] as number) };
    const hits: ScanHit[] = [];
    let pause = this.bytes + TURN_BYTES;
    for (let next = 0; next < order.length; ) {
      next = await this.runs.visit(places, next, order.length, (i, line) => {
        const row = order[i] as number;
        this.bytes += byteLength[row] as number;
        const hit = line === null ? null : this.look(rows.session[row] as number, line);
        if (hit !== null) hits.push({ ...hit, offset: rows.offset[row] as number, ts: rows.ts[row] as number });
      });
      if (this.bytes < pause) continue;
      pause = this.bytes + TURN_BYTES;
      await turn();
    }
    this.hits.push(...hits.toSorted((a, b) => b.ts - a.ts || b.offset - a.offset));
  }

  private look(session: number, line: Uint8Array): Found | null {
    if (!this.needle.mayBeIn(line)) return null;
    const text = textOf(this.parts.names.sessions.at(session)?.source ?? '', line, this.parts.adapterOptions);
    return text === null ? null : found(this.needle, text);
  }
}

/** Behind the last row of a piece of so many bytes; one row at least. */
function pieceEnd(byteLength: Int32Array, from: number, bytes: number): number {
  let to = from + 1;
  for (let sum = byteLength[from] as number; to < byteLength.length; to++) {
    sum += byteLength[to] as number;
    if (sum > bytes) break;
  }
  return to;
}
