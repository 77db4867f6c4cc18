// How documents were when they were last looked at, by path.

import { Columns } from '../core/columns/columns.ts';
import { RowIndex, rowHash } from '../core/columns/row-index.ts';
import { TextRows } from '../core/columns/text-rows.ts';

export interface Seen {
  size: number;
  modifiedMs: number;
}

export class SeenDocuments {
  private readonly index = new RowIndex();
  private readonly paths = new TextRows();
  private readonly columns = new Columns({ size: Float64Array, modifiedMs: Float64Array });
  private length = 1;

  /** Undefined where it was never looked at. */
  at(path: string): Seen | undefined {
    const row = this.find(path);
    const { size, modifiedMs } = this.columns.of;
    return row === 0 ? undefined : { size: size[row] as number, modifiedMs: modifiedMs[row] as number };
  }

  set(path: string, { size, modifiedMs }: Seen): void {
    const row = this.find(path) || this.append(path);
    this.columns.of.size[row] = size;
    this.columns.of.modifiedMs[row] = modifiedMs;
  }

  private find(path: string): number {
    return this.index.find(rowHash(path), (row) => this.paths.at(row) === path);
  }

  private append(path: string): number {
    const row = this.length++;
    this.columns.reserve(row);
    this.paths.set(row, path);
    this.index.add(rowHash(path), row);
    return row;
  }
}
