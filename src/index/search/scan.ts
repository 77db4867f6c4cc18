// One request's way through the lines: which of them have the words. First whole blocks of bytes are gone through for
// lines that may have them, in pieces of the order of time, then these lines are looked at, the newest first. After
// some hundred microseconds others have a turn.

import { setImmediate as turn } from 'node:timers/promises';
import { textOf } from '../../sources/content.ts';
import { LineRuns } from '../lines/line-runs.ts';
import type { RecordLineParts } from '../lines/record-lines.ts';
import { eachCandidate } from './candidates.ts';
import { blockFinder } from './finder-module.ts';
import type { Needle } from './needle.ts';
import type { Place, Rows } from './rows.ts';
import { found } from './snippet.ts';
import type { Found } from './snippet.ts';
import { TimeWindow } from './window.ts';
import type { Window } from './window.ts';

/** Lines that are gone through together: the first time, at most, and as a part of those before. */
const FIRST_BYTES = 128 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;
const PART = 3;
/** Lines that are looked at together: the first time, at most, and so many times as many as the last time. */
const FIRST_LOOK_BYTES = 64 * 1024;
const MAX_LOOK_BYTES = 16 * 1024 * 1024;
const GROWTH = 4;
/** Without a pause, the first time and then; one run of lines may take as long again. What is found at once is answered in one turn. */
const FIRST_TURN_MS = 2;
const TURN_MS = 1;

export interface ScanHit extends Found {
  offset: number;
  ts: number;
}

export class Scan {
  /** The newest first. */
  readonly hits: ScanHit[] = [];
  bytes = 0;
  private readonly pieces: Rows[] = [];
  private readonly parts: RecordLineParts;
  private readonly needle: Needle;
  private readonly isEnough: (scan: Scan) => boolean;
  private readonly finder = blockFinder();
  private readonly runs: LineRuns;
  private turnEnds = performance.now() + FIRST_TURN_MS;

  constructor(parts: RecordLineParts, needle: Needle, isEnough: (scan: Scan) => boolean) {
    this.parts = parts;
    this.needle = needle;
    this.isEnough = isEnough;
    this.runs = new LineRuns(parts.sources, parts.absent, this.finder?.block);
  }

  /** Until the window is used up or it was enough; at least a piece of it, and hardly more than `most` bytes. How far it came. */
  async go(window: Window, most: number): Promise<Place> {
    const end = this.bytes + most;
    do {
      const before = window.at;
      const rows = window.take(Math.max(FIRST_BYTES, Math.min(MAX_BYTES, this.bytes * PART, end - this.bytes)));
      const candidates = new TimeWindow(await this.candidates(rows), window.at[0], { at: before, isLast: false });
      this.pieces.push(rows);
      this.bytes += rows.byteLength.reduce((sum, length) => sum + length, 0);
      for (let bytes = FIRST_LOOK_BYTES; !candidates.isUsedUp; bytes = Math.min(MAX_LOOK_BYTES, bytes * GROWTH)) {
        await this.lookAt(candidates.take(bytes));
        if (!candidates.isUsedUp && this.isEnough(this)) return candidates.at;
      }
    } while (!window.isUsedUp && !this.isEnough(this));
    return window.at;
  }

  /** Of the lines up to a place: how many behind it were gone through depends on how they were divided. */
  bytesUpTo(place: Place): number {
    return this.pieces.reduce((sum, rows) => sum + rows.bytesUpTo(place), 0);
  }

  release(): void {
    this.runs.release();
  }

  private async candidates(piece: Rows): Promise<Rows> {
    const { finder, needle } = this;
    const { signs } = needle;
    if (finder === null || signs === null) return piece;
    const rows = piece.byFile();
    const candidates: number[] = [];
    const add = (row: number): void => void candidates.push(row);
    // A line that is longer than a block, or is in the archive.
    const addIfMay = (row: number, line: Uint8Array | null): void => {
      if (line !== null && needle.mayBeIn(line)) add(row);
    };
    for (let next = 0; next < rows.length; ) {
      next = await this.runs.visitRun(rows, next, rows.length, (first, end, start, bytes) => {
        if (finder.holds(bytes)) eachCandidate(finder, signs, rows, { first, end, start, bytes }, add);
        else addIfMay(first, bytes);
      }, addIfMay);
      await this.giveTurn();
    }
    return rows.pick(Uint32Array.from(candidates));
  }

  private async lookAt(rows: Rows): Promise<void> {
    const hits: ScanHit[] = [];
    for (let next = 0; next < rows.length; ) {
      next = await this.runs.visit(rows, next, rows.length, (row, line) => {
        const hit = line === null ? null : this.look(rows.session[row] as number, line);
        if (hit !== null) hits.push({ ...hit, offset: rows.offset[row] as number, ts: rows.ts[row] as number });
      });
      await this.giveTurn();
    }
    this.hits.push(...hits.toSorted((a, b) => b.ts - a.ts || b.offset - a.offset));
  }

  private look(session: number, line: Uint8Array): Found | null {
    if (!this.needle.mayBeIn(line)) return null;
    const text = textOf(this.parts.names.sessions.at(session)?.source ?? '', line, this.parts.adapterOptions);
    return text === null ? null : found(this.needle, text);
  }

  private async giveTurn(): Promise<void> {
    if (performance.now() < this.turnEnds) return;
    await turn();
    this.turnEnds = performance.now() + TURN_MS;
  }
}
