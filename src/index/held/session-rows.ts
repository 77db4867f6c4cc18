// One session's rows with what questions about them share: their order by time, which of them a newer version
// stands for, and the results of tool calls. Each is made when it is first asked for and again when rows came.

import type { DuckDBDataChunk } from '@duckdb/node-api';
import { FLAG } from '../../core/scan-batch.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import type { CallLines } from './call-lines.ts';
import type { LinesElsewhere } from './lines-elsewhere.ts';
import type { SessionCalls } from './session-calls.ts';
import { SessionColumns } from './session-columns.ts';

/** A result of a tool call: the row that brings it. */
export interface HeldResult {
  at: number;
  isError: boolean;
}

/** In place of a file's number. */
const SEVERAL = -1;
/** A row's share of what is made of all rows, some. */
const DERIVED_BYTES = 100;

export class SessionRows implements CallLines {
  readonly columns = new SessionColumns();
  readonly session: number;
  /** Null until somebody asks for calls. */
  calls: SessionCalls | null = null;
  /** Null until somebody asks for the ledger. */
  elsewhere: LinesElsewhere | null = null;
  readonly hasVersions: boolean;
  private sorted = new Int32Array();
  private readonly newest = new Map<string, number>();
  private newestOf = 0;
  private readonly results = new Map<string, HeldResult[]>();
  private resultsOf = 0;
  private readonly lines = new Map<bigint, Map<bigint, number[]>>();
  private linesOf = 0;
  /** By agent, 0 for the main thread: the file that its rows are from, or `SEVERAL`. */
  private readonly homes = new Map<number, number>();
  private homesOf = 0;

  /** `versions`: whether a row can be a newer version of another one. */
  constructor(session: number, versions: boolean) {
    this.session = session;
    this.hasVersions = versions;
  }

  get rows(): number {
    return this.columns.rows;
  }

  get bytes(): number {
    return this.columns.bytes + this.columns.rows * DERIVED_BYTES + (this.calls?.bytes ?? 0) + (this.elsewhere?.bytes ?? 0);
  }

  add(chunks: readonly DuckDBDataChunk[]): void {
    for (const chunk of chunks) this.columns.add(chunk);
  }

  row(at: number): RecordRow {
    return this.columns.row(at, this.session);
  }

  has(at: number, flag: number): boolean {
    return ((this.columns.integers.flags[at] as number) & flag) !== 0;
  }

  /** Rows by time, then by offset. */
  get byTime(): Int32Array {
    const { rows, doubles: { ts_ms: ts } } = this.columns;
    if (this.sorted.length === rows) return this.sorted;
    const order = new Int32Array(rows);
    order.set(this.sorted);
    for (let at = this.sorted.length; at < rows; at++) order[at] = at;
    const isLater = (i: number): boolean => i === 0 || (ts[order[i - 1] as number] as number) <= (ts[order[i] as number] as number);
    for (let i = this.sorted.length; i < rows; i++) {
      if (isLater(i)) continue;
      order.sort((a, b) => (ts[a] as number) - (ts[b] as number) || a - b);
      break;
    }
    return (this.sorted = order);
  }

  /** Whether a newer version of the row's record stands for it. */
  isReplaced(at: number): boolean {
    if (!this.hasVersions) return false;
    const { columns, newest } = this;
    for (; this.newestOf < columns.rows; this.newestOf++) if (this.has(this.newestOf, FLAG.replaces)) newest.set(this.recordKey(this.newestOf), this.newestOf);
    return newest.size > 0 && (newest.get(this.recordKey(at)) ?? at) > at;
  }

  /** Whether a thread's records are from several files: the offsets of these are in the order in which they were found. */
  isSpread(agent: number): boolean {
    const { columns: { rows, integers }, homes } = this;
    for (; this.homesOf < rows; this.homesOf++) {
      if (this.has(this.homesOf, FLAG.duplicate)) continue;
      const [thread, file] = [integers.agent_ix[this.homesOf] as number, integers.file_ix[this.homesOf] as number];
      const home = homes.get(thread);
      if (home !== file) homes.set(thread, home === undefined ? file : SEVERAL);
    }
    return homes.get(agent) === SEVERAL;
  }

  /** The results of calls with this id, in any thread, the first ones first. */
  resultsFor(id: string): readonly HeldResult[] {
    const { columns, results } = this;
    for (; this.resultsOf < columns.rows; this.resultsOf++) {
      if (this.has(this.resultsOf, FLAG.duplicate)) continue;
      for (const { id: call, is_error: isError } of columns.toolResults(this.resultsOf)) {
        if (call === null) continue;
        const known = results.get(call);
        if (known === undefined) results.set(call, [{ at: this.resultsOf, isError }]);
        else known.push({ at: this.resultsOf, isError });
      }
    }
    return results.get(id) ?? [];
  }

  /** The lines of model calls, by message and request, in the order of their offsets. */
  get callLines(): ReadonlyMap<bigint, ReadonlyMap<bigint, readonly number[]>> {
    const { columns: { calls, rows }, lines } = this;
    for (; this.linesOf < rows; this.linesOf++) {
      if (!this.has(this.linesOf, FLAG.counted)) continue;
      const [message, request] = [calls.call_message[this.linesOf] as bigint, calls.call_request[this.linesOf] as bigint];
      let requests = lines.get(message);
      if (requests === undefined) lines.set(message, (requests = new Map()));
      const known = requests.get(request);
      if (known === undefined) requests.set(request, [this.linesOf]);
      else known.push(this.linesOf);
    }
    return lines;
  }

  *messagesFrom(row: number): Generator<bigint> {
    for (let at = row; at < this.rows; at++) if (this.has(at, FLAG.counted)) yield this.columns.calls.call_message[at] as bigint;
  }

  /** The first row at this offset or behind it. */
  firstFrom(offset: number): number {
    const { rows, doubles: { lake_offset: offsets } } = this.columns;
    let [low, high] = [0, rows];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((offsets[middle] as number) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private recordKey(at: number): string {
    return `${this.columns.integers.agent_ix[at]}/${this.columns.idKey(at)}`;
  }
}
