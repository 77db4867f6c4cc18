// Rows that were committed since some others were read, with what is shown of them, in columns: of a busy day they may be tens of thousands.

import { Columns } from '../../core/columns/columns.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import type { RowDetail } from './row-details.ts';
import { PLACE_COLUMNS, Rows } from './rows.ts';

export class AddedRows {
  private rows = 0;
  private readonly columns = new Columns({
    offset: Float64Array, ts: Float64Array, byteOffset: Float64Array, file: Int32Array, byteLength: Int32Array, session: Int32Array,
    agent: Int32Array, line: Int32Array, type: Int32Array, role: Int32Array,
  });
  private readonly uuids: (string | null)[] = [];

  get length(): number {
    return this.rows;
  }

  add(row: RecordRow): void {
    const at = this.rows++;
    this.columns.reserve(at);
    const { of } = this.columns;
    [of.offset[at], of.ts[at], of.byteOffset[at]] = [row.lake_offset, row.ts_ms, row.byte_offset];
    [of.file[at], of.byteLength[at], of.session[at]] = [row.file_ix, row.byte_length, row.session_ix];
    [of.agent[at], of.line[at], of.type[at], of.role[at]] = [row.agent_ix, row.line, row.type_ix, row.role_ix];
    this.uuids.push(row.uuid);
  }

  /** Where they lie, behind others. */
  behind(others: Rows): Rows {
    const rows = new Rows(others.length + this.rows);
    for (const name of PLACE_COLUMNS) {
      rows[name].set(others[name]);
      rows[name].set(this.columns.of[name].subarray(0, this.rows), others.length);
    }
    return rows;
  }

  /** Undefined where it is not among them. */
  of(offset: number): RowDetail | undefined {
    const { of } = this.columns;
    const at = of.offset.subarray(0, this.rows).indexOf(offset);
    const number = (column: Int32Array): number => column[at] as number;
    return at === -1 ? undefined : { session_ix: number(of.session), agent_ix: number(of.agent), file_ix: number(of.file), line: number(of.line), type_ix: number(of.type), role_ix: number(of.role), uuid: this.uuids[at] ?? null };
  }
}
