// A session up to a time, as it grows record by record in order of time. A copy of it is a snapshot.

import type { ToolRef, ToolResultRef } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { Spending } from '../spending/spending.ts';

/** What a record adds. Times are milliseconds. */
export interface FoldRow {
  ts: number;
  offset: number;
  /** 0: the main thread. */
  agent: number;
  flags: number;
  /** Without those that an earlier version of the record had. */
  tools: readonly ToolRef[];
  results: readonly ToolResultRef[];
  /** Whether an earlier version was an error. */
  toldError: boolean;
}

export interface OpenCall {
  id: string;
  name: string;
  agent: number;
  ts: number;
  offset: number;
}

/** What an entry of a map and a number of a set take, some. */
const OPEN_CALL_BYTES = 200;
const NUMBER_BYTES = 40;
const FOLD_BYTES = 500;

export class StateFold {
  /** Of all threads. */
  records = 0;
  /** Of the main thread. */
  messages = 0;
  toolCalls = 0;
  errors = 0;
  firstMs = -1;
  lastMs = -1;
  readonly own = new Spending();
  readonly all = new Spending();
  /** Calls without a result, by thread and id. */
  readonly open = new Map<string, OpenCall>();
  /** Results whose call did not come yet. */
  private readonly early = new Set<string>();
  /** Calls that the session has a line of, and that lines to come, or lines elsewhere, change. */
  unsettled: readonly bigint[] = [];

  add(row: FoldRow): void {
    const isNew = (row.flags & FLAG.replaces) === 0;
    if (isNew) this.records += 1;
    if (this.firstMs === -1) this.firstMs = row.ts;
    this.lastMs = row.ts;
    if (row.agent === 0) {
      if (isNew && (row.flags & FLAG.message) !== 0) this.messages += 1;
      if ((row.flags & FLAG.error) !== 0 && !row.toldError) this.errors += 1;
      this.toolCalls += row.tools.length;
    }
    for (const { id, name } of row.tools) if (id !== null) this.call({ id, name, agent: row.agent, ts: row.ts, offset: row.offset });
    for (const { id } of row.results) if (id !== null) this.result(`${row.agent}/${id}`);
  }

  /** The fold itself goes on; the copy stays as it is. */
  copy(): StateFold {
    const copy = new StateFold();
    for (const name of ['records', 'messages', 'toolCalls', 'errors', 'firstMs', 'lastMs', 'unsettled'] as const) Object.assign(copy, { [name]: this[name] });
    copy.own.add(this.own);
    copy.all.add(this.all);
    for (const [key, call] of this.open) copy.open.set(key, call);
    for (const key of this.early) copy.early.add(key);
    return copy;
  }

  /** How many things a copy copies. */
  get size(): number {
    return this.open.size + this.early.size + this.unsettled.length;
  }

  get bytes(): number {
    return FOLD_BYTES + this.open.size * OPEN_CALL_BYTES + this.early.size * OPEN_CALL_BYTES + this.unsettled.length * NUMBER_BYTES;
  }

  private call(call: OpenCall): void {
    const key = `${call.agent}/${call.id}`;
    if (!this.early.delete(key)) this.open.set(key, call);
  }

  private result(key: string): void {
    if (!this.open.delete(key)) this.early.add(key);
  }
}
