// What is shown of a row that was found, out of the chunks in which a window came: another statement for it would cost
// more than its columns do in a small window.

import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { RecordRow } from '../rows/record-rows.ts';
import { fixedBytes, fixedColumn, isNilUuid, textsOf, uuidFromVector } from '../store/vectors.ts';
import { ROW_COLUMNS } from './rows.ts';

export type RowDetail = Pick<RecordRow, 'session_ix' | 'agent_ix' | 'file_ix' | 'line' | 'type_ix' | 'role_ix' | 'uuid'>;

const FIRST = ROW_COLUMNS.split(',').length;
const INTEGERS = ['session_ix', 'agent_ix', 'file_ix', 'line', 'type_ix', 'role_ix'] as const;
/** Behind `ROW_COLUMNS`. */
export const DETAIL_COLUMNS = [...INTEGERS.map((name) => `${name}::INTEGER`), 'uuid', 'uuid_text'].join(', ');
const UUID = FIRST + INTEGERS.length;
const UUID_BYTES = 16;

export class RowDetails {
  private readonly offsets: Float64Array;
  private readonly chunks: readonly DuckDBDataChunk[];
  /** By chunk, once it is asked. */
  private readonly columns: DetailColumns[] = [];

  /** Of chunks whose rows have these offsets, in the same order. */
  constructor(offsets: Float64Array, chunks: readonly DuckDBDataChunk[]) {
    this.offsets = offsets;
    this.chunks = chunks;
  }

  /** Undefined where it is not among the rows. */
  of(offset: number): RowDetail | undefined {
    let row = this.offsets.indexOf(offset);
    if (row === -1) return undefined;
    for (const [i, chunk] of this.chunks.entries()) {
      if (row < chunk.rowCount) return (this.columns[i] ??= new DetailColumns(chunk)).at(row);
      row -= chunk.rowCount;
    }
    return undefined;
  }
}

/** To ask a chunk for a column costs as much as to read many rows of it. */
class DetailColumns {
  private readonly numbers: readonly Int32Array[];
  private readonly ids: Uint8Array;
  private readonly texts: (row: number) => string | null;

  constructor(chunk: DuckDBDataChunk) {
    this.numbers = INTEGERS.map((_, i) => fixedColumn(chunk, FIRST + i, Int32Array));
    this.ids = fixedBytes(chunk, UUID, UUID_BYTES);
    this.texts = textsOf(chunk, UUID + 1);
  }

  at(row: number): RowDetail {
    const numbers = Object.fromEntries(INTEGERS.map((name, i) => [name, this.numbers[i]?.[row]])) as Omit<RowDetail, 'uuid'>;
    const id = row * UUID_BYTES;
    return { ...numbers, uuid: this.texts(row) ?? (isNilUuid(this.ids, id) ? null : uuidFromVector(this.ids, id)) };
  }
}
