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

  /** Of chunks whose rows have these offsets, in the same order. */
  constructor(offsets: Float64Array, chunks: readonly DuckDBDataChunk[]) {
    this.offsets = offsets;
    this.chunks = chunks;
  }

  /** Undefined where it is not among the rows. */
  of(offset: number): RowDetail | undefined {
    let row = this.offsets.indexOf(offset);
    if (row === -1) return undefined;
    for (const chunk of this.chunks) {
      if (row < chunk.rowCount) return detailAt(chunk, row);
      row -= chunk.rowCount;
    }
    return undefined;
  }
}

function detailAt(chunk: DuckDBDataChunk, row: number): RowDetail {
  const numbers = Object.fromEntries(INTEGERS.map((name, i) => [name, fixedColumn(chunk, FIRST + i, Int32Array)[row]])) as Omit<RowDetail, 'uuid'>;
  const ids = fixedBytes(chunk, UUID, UUID_BYTES);
  return { ...numbers, uuid: textsOf(chunk, UUID + 1)(row) ?? (isNilUuid(ids, row * UUID_BYTES) ? null : uuidFromVector(ids, row * UUID_BYTES)) };
}
