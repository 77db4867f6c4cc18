// Tables for people: aligned, by columns of the terminal rather than by characters, and never wider
// than the terminal. Cells hold text of unknown origin, so each passes through `printable`.

import { printableStart } from './printable.ts';
import type { Style } from './style.ts';
import { cutEnd, cutStart, padEnd, padStart, textWidth } from './text-width.ts';

export interface Column<T> {
  title: string;
  text: (row: T) => string;
  align?: 'right';
  /** May be cut down to so many columns where the terminal is narrow. */
  shrinkTo?: number;
  /** Which end goes when it is cut; the start for paths. */
  cut?: 'start';
  /** May be left out where the terminal is narrow. */
  optional?: true;
  paint?: (text: string, row: T) => string;
}

interface Layout<T> {
  column: Column<T>;
  cells: string[];
  width: number;
}

const GAP = 2;
const CELL_MAX = 400;

/** Lines without a newline at the end; `width` null does not cut. */
export function renderTable<T>(columns: readonly Column<T>[], rows: readonly T[], style: Style, width: number | null): string {
  const layouts = fit(columns.map((column) => layout(column, rows)), width);
  const heading = layouts.map(({ column, width: columns_ }, index) => place(column, column.title, columns_, index === layouts.length - 1));
  const lines = rows.map((row, index) => layouts.map(({ column, cells, width: columns_ }, position) => {
    const text = place(column, cells[index] ?? '', columns_, position === layouts.length - 1);
    return column.paint === undefined ? text : column.paint(text, row);
  }));
  return [style.dim(heading.join(' '.repeat(GAP))), ...lines.map((line) => line.join(' '.repeat(GAP)).trimEnd())].join('\n');
}

/** `label  value` lines with aligned values. */
export function renderFields(fields: readonly (readonly [string, string])[], style: Style): string {
  const width = Math.max(...fields.map(([label]) => textWidth(label)));
  return fields.map(([label, value]) => `${style.dim(padEnd(label, width))}  ${value}`).join('\n');
}

function layout<T>(column: Column<T>, rows: readonly T[]): Layout<T> {
  const cells = rows.map((row) => printableStart(column.text(row), CELL_MAX));
  return { column, cells, width: Math.max(textWidth(column.title), ...cells.map(textWidth)) };
}

function fit<T>(layouts: Layout<T>[], width: number | null): Layout<T>[] {
  if (width === null) return layouts;
  let kept = layouts;
  const least = ({ column, width: natural }: Layout<T>) => Math.min(natural, column.shrinkTo ?? natural);
  while (total(kept.map(least)) > width) {
    const dropped = kept.findLastIndex(({ column }) => column.optional === true);
    if (dropped === -1) break;
    kept = kept.filter((_, index) => index !== dropped);
  }
  const widths = kept.map((one) => one.width);
  // The widest goes first, so that short columns stay whole.
  for (let over = total(widths) - width; over > 0; over -= 1) {
    const widest = widestShrinkable(kept, widths);
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return kept.map(({ column, cells }, index) => ({ column, cells, width: widths[index] ?? 0 }));
}

function widestShrinkable<T>(layouts: readonly Layout<T>[], widths: readonly number[]): number {
  let widest = -1;
  for (const [index, { column }] of layouts.entries()) {
    const width = widths[index] ?? 0;
    if (column.shrinkTo !== undefined && width > column.shrinkTo && width > (widths[widest] ?? -1)) widest = index;
  }
  return widest;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

function place<T>(column: Column<T>, text: string, width: number, last: boolean): string {
  const cut = column.cut === 'start' ? cutStart(text, width) : cutEnd(text, width);
  if (column.align === 'right') return padStart(cut, width);
  return last ? cut : padEnd(cut, width);
}
