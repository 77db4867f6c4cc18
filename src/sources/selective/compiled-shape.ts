// A shape as the scanner knows it: a table of its keys, written into the scanner's memory, and views
// through which the cells that the scanner notes are read as if they were the parsed line.
//
// An object's cells lie in the row of what holds it; only elements of lists have rows of their own. So
// there is one view of the line and of each object in it, whatever line is at hand, and one of each
// element of a list. The getters below are one for each kind of cell and owner rather than one that calls
// another: these the engine inlines, and then reading a field of a view costs what it does of an object.

import type { JsonObject, Shape, Wanted } from '../adapter.ts';
import { CELL, LINE_HEADER_BYTES } from './cells.ts';
import type { Cells } from './cells.ts';

const KEYS_MAX = 48;
const SLOTS = 64;
const KEY_BYTES = 48;
const KEY_LENGTH_MAX = 32;
const CELL_BYTES = 8;
const ELEMENT_HEADER_BYTES = 8;
const CODES = { value: 0, word: 1, time: 2, uuid: 3, object: 4, list: 5 } as const;

export interface CompiledShape {
  /** What lies in the scanner's memory from `tableAt` on. */
  table: Uint8Array;
  rowBytes: number;
  /** Of the line whose row is `cells.row`. */
  view: JsonObject;
}

/** Null for a shape that the scanner has no means for: keys that a line may write in more than one way, or too many. */
export function compileShape(shape: Shape, cells: Cells, tableAt: number, tableMaxBytes: number): CompiledShape | null {
  const writer = new TableWriter(cells, tableAt, tableMaxBytes);
  const row = { bytes: LINE_HEADER_BYTES };
  const View = writer.node(shape, row, ofLine);
  return View === null ? null : { table: writer.table.slice(0, writer.used), rowBytes: rounded(row.bytes), view: new View(0) };
}

class TableWriter {
  readonly table: Uint8Array;
  used = 0;
  private readonly cells: Cells;
  private readonly tableAt: number;
  private readonly data: DataView;

  constructor(cells: Cells, tableAt: number, maxBytes: number) {
    this.cells = cells;
    this.tableAt = tableAt;
    this.table = new Uint8Array(maxBytes);
    this.data = new DataView(this.table.buffer);
  }

  /** Writes the node of an object whose cells are appended to `row`. */
  node(shape: Shape, row: { bytes: number }, getters: Getters): View | null {
    const keys = Object.entries(shape);
    const node = this.used;
    this.used += SLOTS + keys.length * KEY_BYTES;
    if (keys.length > KEYS_MAX || this.used > this.table.length) return null;
    const view = createView();
    for (const [i, [key, wanted]] of keys.entries()) {
      if (!isPlain(key)) return null;
      const cell = row.bytes;
      row.bytes += CELL_BYTES;
      this.addSlot(node, i + 1, key);
      const get = this.key(node + SLOTS + i * KEY_BYTES, key, wanted, cell, row, getters);
      if (get === null) return null;
      Object.defineProperty(view.prototype, key, { enumerable: true, get });
    }
    return view;
  }

  private key(at: number, key: string, wanted: Wanted, cell: number, row: { bytes: number }, getters: Getters): Getter | null {
    const { cells, data } = this;
    Buffer.from(key, 'latin1').copy(this.table, at);
    data.setUint8(at + 32, key.length);
    data.setUint16(at + 34, cell, true);
    if (typeof wanted === 'string') {
      data.setUint8(at + 33, CODES[wanted]);
      return getters.value(cells, cell);
    }
    data.setUint8(at + 33, Array.isArray(wanted) ? CODES.list : CODES.object);
    data.setUint32(at + 36, this.tableAt + this.used, true);
    if (!Array.isArray(wanted)) {
      const inner = this.node(wanted as Shape, row, getters);
      return inner && getters.object(cells, cell, inner);
    }
    const elementRow = { bytes: ELEMENT_HEADER_BYTES };
    const element = this.node((wanted as readonly [Shape])[0], elementRow, ofElement);
    data.setUint32(at + 40, rounded(elementRow.bytes), true);
    return element && getters.list(cells, cell, element);
  }

  /** The scanner looks from the hash on until it meets an empty slot. */
  private addSlot(node: number, number: number, key: string): void {
    let slot = key.charCodeAt(0) + key.charCodeAt(key.length - 1) * 5 + key.length * 3;
    while (this.table[node + (slot % SLOTS)] !== 0) slot += 1;
    this.table[node + (slot % SLOTS)] = number;
  }
}

/** Rows are cleared in steps of 16 bytes. */
function rounded(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/** The scanner leaves any key with an escape to JSON.parse, so these are written in one way only. */
function isPlain(key: string): boolean {
  return key.length <= KEY_LENGTH_MAX && /^[\x20-\x7e]+$/.test(key) && !/["\\]/.test(key);
}

type View = new (row: number) => JsonObject & HasRow;
type Getter = (this: HasRow) => unknown;

interface HasRow {
  /** Of an element; of a line `cells.row` is asked instead. */
  readonly [ROW]: number;
}

const ROW = Symbol('row');

function createView(): View {
  class LineView {
    declare readonly [ROW]: number;

    constructor(row: number) {
      this[ROW] = row;
    }
  }
  return LineView as unknown as View;
}

interface Getters {
  value(cells: Cells, cell: number): Getter;
  object(cells: Cells, cell: number, Inner: View): Getter;
  list(cells: Cells, cell: number, Element: View): Getter;
}

const ofLine: Getters = {
  value(cells, cell) {
    return function get() {
      return cells.value(cells.row + cell);
    };
  },

  object(cells, cell, Inner) {
    const inner = new Inner(0);
    return function get() {
      const at = cells.row + cell;
      return cells.kind(at) === CELL.object ? inner : cells.value(at);
    };
  },

  list(cells, cell, Element) {
    return function get() {
      const at = cells.row + cell;
      return cells.kind(at) === CELL.list ? elementsOf(cells, at, Element) : cells.value(at);
    };
  },
};

const ofElement: Getters = {
  value(cells, cell) {
    return function get() {
      return cells.value(this[ROW] + cell);
    };
  },

  object(cells, cell, Inner) {
    return function get() {
      const at = this[ROW] + cell;
      return cells.kind(at) === CELL.object ? new Inner(this[ROW]) : cells.value(at);
    };
  },

  list(cells, cell, Element) {
    return function get() {
      const at = this[ROW] + cell;
      return cells.kind(at) === CELL.list ? elementsOf(cells, at, Element) : cells.value(at);
    };
  },
};

function elementsOf(cells: Cells, list: number, Element: View): unknown[] {
  const first = cells.next(list);
  if (first === 0) return [];
  // Nearly all lists are of one element; `push` would make room for seventeen.
  const elements = [elementAt(cells, first, Element)];
  for (let row = cells.next(first); row !== 0; row = cells.next(row)) elements.push(elementAt(cells, row, Element));
  return elements;
}

function elementAt(cells: Cells, row: number, Element: View): unknown {
  return cells.kind(row) === CELL.object ? new Element(row) : cells.value(row);
}
