// Numbers by row, in typed arrays that grow with the rows: a few bytes each, outside of the heap, and nothing for the
// garbage collector to go through.

type Kind = BigUint64ArrayConstructor | Float64ArrayConstructor | Int32ArrayConstructor | Uint32ArrayConstructor | Uint16ArrayConstructor | Uint8ArrayConstructor;
type Numbers = InstanceType<Kind>;

const FIRST_ROWS = 64;
/** More at once is room that nothing is in, less is copied too often. */
const GROWTH = 1.25;

/** The column itself where it has the row; otherwise a longer one of the same numbers, with zeros after them. */
export function withRow<Column extends Numbers>(column: Column, row: number): Column {
  if (row < column.length) return column;
  const kind = column.constructor as new (length: number) => Column & { set(from: Column): void };
  const longer = new kind(Math.max(FIRST_ROWS, row + 1, Math.ceil(column.length * GROWTH)));
  longer.set(column);
  return longer;
}

/** Several columns of one length, by name. */
export class Columns<Shape extends Readonly<Record<string, Kind>>> {
  /** Good until room is made. */
  readonly of: { [Name in keyof Shape]: InstanceType<Shape[Name]> };
  private readonly names: readonly (keyof Shape)[];
  private rows = 0;

  constructor(shape: Shape) {
    this.names = Object.keys(shape);
    this.of = Object.fromEntries(Object.entries(shape).map(([name, kind]) => [name, new kind(0)])) as typeof this.of;
  }

  /** Makes room up to a row. */
  reserve(row: number): void {
    if (row < this.rows) return;
    for (const name of this.names) this.of[name] = withRow(this.of[name], row);
    this.rows = (this.of[this.names[0] as keyof Shape]).length;
  }
}
