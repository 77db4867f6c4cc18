// Values of a measure in the order of time, as few as are held however many there are: they are held in cells of as many
// moments each, and where the cells become too many, two become one. A cell has its least and its greatest value, so the
// least and the greatest of any time stay.

import { minMax } from '../../core/answers/series.ts';

/** Some eight MiB, and several for each point of an answer. */
const CELLS_MAX = 32_768;

export interface MomentPoint {
  /** Milliseconds. */
  at: number;
  value: number;
  sum: number;
}

interface Cell {
  moments: number;
  least: { at: number; value: number };
  greatest: { at: number; value: number };
  sum: number;
}

export class Moments {
  count = 0;
  sum = 0;
  private readonly cellsMax: number;
  private cells: Cell[] = [];
  private momentsPerCell = 1;
  private last: MomentPoint | null = null;

  constructor(cellsMax = CELLS_MAX) {
    this.cellsMax = cellsMax;
  }

  /** Of the moment of the value before, or of a later one. The last value of a moment is the moment's. */
  add(at: number, value: number): void {
    this.sum += value;
    if (this.last?.at === at) {
      this.last.value = value;
      this.last.sum += value;
      return;
    }
    this.settle();
    this.last = { at, value, sum: value };
  }

  /** At most `points` of them; the sums of all are that of all values. */
  points(points: number): MomentPoint[] {
    this.settle();
    const all = this.cells.flatMap(pointsOf);
    return minMax(all.map(({ value }) => value), points).map(({ at, from, to }) => {
      const { at: ms, value } = all[at] as MomentPoint;
      let sum = 0;
      for (let i = from; i < to; i++) sum += (all[i] as MomentPoint).sum;
      return { at: ms, value, sum };
    });
  }

  /** Nothing more comes for the last moment. */
  private settle(): void {
    const { last } = this;
    if (last === null) return;
    this.last = null;
    this.count += 1;
    const cell = { moments: 1, least: last, greatest: last, sum: last.sum };
    const open = this.cells.at(-1);
    if (open !== undefined && open.moments < this.momentsPerCell) this.cells[this.cells.length - 1] = joined(open, cell);
    else this.cells.push(cell);
    if (this.cells.length > this.cellsMax) this.halve();
  }

  private halve(): void {
    const halved: Cell[] = [];
    for (let i = 0; i < this.cells.length; i += 2) {
      const [first, second] = [this.cells[i] as Cell, this.cells[i + 1]];
      halved.push(second === undefined ? first : joined(first, second));
    }
    this.cells = halved;
    this.momentsPerCell *= 2;
  }
}

/** The first of equal values stays. */
function joined(first: Cell, second: Cell): Cell {
  return {
    moments: first.moments + second.moments,
    least: second.least.value < first.least.value ? second.least : first.least,
    greatest: second.greatest.value > first.greatest.value ? second.greatest : first.greatest,
    sum: first.sum + second.sum,
  };
}

function pointsOf({ least, greatest, sum }: Cell): MomentPoint[] {
  if (least.at === greatest.at) return [{ ...least, sum }];
  const [first, second] = least.at < greatest.at ? [least, greatest] : [greatest, least];
  return [{ ...first, sum }, { ...second, sum: 0 }];
}
