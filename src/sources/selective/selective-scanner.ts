// Goes through a segment's lines and gives those that the compiled scanner understood as views. The
// segment is copied window by window into the scanner's memory; a window is a few lines of a cache's
// size, or one long line. A view is good until the visit of its line ends.

import type { JsonObject, Shape } from '../adapter.ts';
import { Cells } from './cells.ts';
import { compileShape } from './compiled-shape.ts';
import type { CompiledShape } from './compiled-shape.ts';
import { instantiateScanner } from './scanner-module.ts';
import type { ScannerExports } from './scanner-module.ts';

const NEWLINE = 0x0a;
const WINDOW_BYTES = 128 * 1024;
/** What a thread's scanner may grow to. A longer line goes through JSON.parse. */
const WINDOW_MAX_BYTES = 4 * 1024 * 1024;
/** Loads reach behind the window's end. */
const SLACK_BYTES = 64;
const PAGE_BYTES = 64 * 1024;

/** `value` is null for a line that JSON.parse has to decide on. `end` excludes the newline. */
export type LineVisitor = (start: number, end: number, value: JsonObject | null) => void;

export class SelectiveScanner {
  private readonly wasm: ScannerExports;
  private readonly cells: Cells;
  private readonly compiled = new WeakMap<Shape, CompiledShape | false>();
  private memory: Uint8Array;
  private current: CompiledShape | null = null;

  constructor(wasm: ScannerExports) {
    this.wasm = wasm;
    this.memory = new Uint8Array(wasm.memory.buffer);
    this.cells = new Cells(wasm.memory.buffer);
  }

  /** Whether lines can be scanned for this shape; if so, the next `eachLine` does. */
  use(shape: Shape): boolean {
    let compiled = this.compiled.get(shape);
    if (compiled === undefined) {
      const { SHAPE, SHAPE_END } = this.wasm;
      compiled = compileShape(shape, this.cells, SHAPE.value, SHAPE_END.value - SHAPE.value) ?? false;
      this.compiled.set(shape, compiled);
    }
    if (compiled === false) return false;
    if (compiled === this.current) return true;
    this.current = compiled;
    this.memory.set(compiled.table, this.wasm.SHAPE.value);
    this.wasm.rowBytes.value = compiled.rowBytes;
    return true;
  }

  /** `bytes` end in a newline, or are none. Returns the lines seen. */
  eachLine(bytes: Uint8Array, visit: LineVisitor): number {
    const segment = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let lines = 0;
    for (let from = 0; from < segment.length; ) {
      const to = windowEnd(segment, from);
      if (to - from > WINDOW_MAX_BYTES) {
        visit(from, to - 1, null);
        lines += 1;
      } else {
        lines += this.eachLineOfWindow(segment.subarray(from, to), from, visit);
      }
      from = to;
    }
    return lines;
  }

  private eachLineOfWindow(window: Uint8Array, offset: number, visit: LineVisitor): number {
    const { wasm, cells } = this;
    this.hold(window.length);
    const base = wasm.WINDOW.value;
    this.memory.set(window, base);
    const end = base + window.length;
    const shift = offset - base;
    let lines = 0;
    for (let from = base; from < end; from = wasm.stopped.value) {
      if (cells.symbolCount * 4 > wasm.SYMBOLS_MAX.value * 3) this.dropSymbols();
      const count = wasm.scan(from, end);
      for (let i = cells.symbolCount; i < wasm.symbols.value; i++) cells.addSymbol(wasm.SYMBOLS.value + i * 8);
      cells.useTexts(wasm.TEXTS.value, wasm.textsEnd.value);
      this.visitRows(count, shift, visit);
      lines += count;
    }
    return lines;
  }

  private visitRows(count: number, shift: number, visit: LineVisitor): void {
    const { cells } = this;
    const { view } = this.current as CompiledShape;
    let row = this.wasm.ROWS.value;
    for (let i = 0; i < count; i++) {
      cells.row = row;
      visit(cells.int(row) + shift, cells.int(row + 4) + shift, cells.int(row + 8) === 1 ? view : null);
      row = cells.int(row + 12);
    }
  }

  private hold(bytes: number): void {
    const missing = this.wasm.WINDOW.value + bytes + SLACK_BYTES - this.memory.length;
    if (missing <= 0) return;
    this.wasm.memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.memory = new Uint8Array(this.wasm.memory.buffer);
    this.cells.useMemory(this.wasm.memory.buffer);
  }

  private dropSymbols(): void {
    this.wasm.dropSymbols();
    this.cells.dropSymbols();
  }
}

/** As many whole lines as a window takes, at least one. */
function windowEnd(segment: Buffer, from: number): number {
  if (segment.length - from <= WINDOW_BYTES) return segment.length;
  const last = segment.lastIndexOf(NEWLINE, from + WINDOW_BYTES - 1) + 1;
  return last > from ? last : segment.indexOf(NEWLINE, from + WINDOW_BYTES) + 1;
}

let loaded: { scanner: SelectiveScanner } | { problem: string } | undefined;

/** This thread's scanner; null where it cannot be had. */
export function selectiveScanner(): SelectiveScanner | null {
  loaded ??= load();
  return 'scanner' in loaded ? loaded.scanner : null;
}

/** Why there is no scanner, and every line is parsed whole instead; null where there is one. */
export function scannerProblem(): string | null {
  loaded ??= load();
  return 'problem' in loaded ? loaded.problem : null;
}

function load(): NonNullable<typeof loaded> {
  try {
    return { scanner: new SelectiveScanner(instantiateScanner()) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
