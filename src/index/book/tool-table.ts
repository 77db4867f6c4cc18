// Calls of tools by session, tool and quarter hour, in columns, and beside them by tool and quarter hour alone.

import { withRow } from '../../core/columns/columns.ts';
import type { ToolDelta } from '../rows/delta-sums.ts';
import { BucketSpans } from './bucket-spans.ts';
import { QuarterRows } from './quarter-rows.ts';

const COLUMNS = ['session', 'tool', 'bucket', 'next', 'calls', 'own'] as const;

/** `own`: of the main thread. */
type ToolCalls = Omit<ToolDelta, 'agent'> & { own: number };

export class ToolTable {
  length = 0;
  session = new Int32Array();
  tool = new Int32Array();
  /** Quarter hours since the epoch, -1 for no time. */
  bucket = new Int32Array();
  /** The row of the same session before it; -1 for none. */
  next = new Int32Array();
  calls = new Int32Array();
  /** Of these, those of the main thread. */
  own = new Int32Array();
  /** Their kinds are tools. */
  readonly quarters = new QuarterRows();
  /** By row of these. */
  readonly quarterCalls: number[] = [];
  /** Of all tools, by quarter hour. */
  readonly byBucket = new Map<number, number>();
  private readonly heads: number[] = [];
  private readonly spans = new BucketSpans();

  /** The last row of a session, which leads to the others; -1 for none. */
  first(session: number): number {
    return this.heads[session] ?? -1;
  }

  /** False where no row of the session is in a quarter hour from `from` on and before `until`. */
  isWithin(session: number, from: number, until: number | null): boolean {
    return this.spans.meets(session, from, until);
  }

  /** A further row; there must be none of its place. */
  append(delta: ToolCalls): void {
    const { session, tool, bucket, calls, own } = delta;
    this.addToQuarter(delta);
    const row = this.length++;
    if (row === this.session.length) for (const name of COLUMNS) this[name] = withRow(this[name], row);
    this.session[row] = session;
    this.tool[row] = tool;
    this.bucket[row] = bucket;
    this.calls[row] = calls;
    this.own[row] = own;
    this.next[row] = this.first(session);
    this.heads[session] = row;
    this.spans.widen(session, bucket);
  }

  /** The rows of a session are few, and what is added to was mostly added last. */
  add(delta: ToolDelta): void {
    const own = delta.agent === 0 ? delta.calls : 0;
    for (let row = this.first(delta.session); row !== -1; row = this.next[row] as number) {
      if (this.tool[row] !== delta.tool || this.bucket[row] !== delta.bucket) continue;
      this.calls[row] = (this.calls[row] as number) + delta.calls;
      this.own[row] = (this.own[row] as number) + own;
      this.addToQuarter(delta);
      return;
    }
    this.append({ ...delta, own });
  }

  private addToQuarter({ tool, bucket, calls }: ToolCalls | ToolDelta): void {
    const row = this.quarters.at(tool, bucket);
    this.quarterCalls[row] = (this.quarterCalls[row] ?? 0) + calls;
    this.byBucket.set(bucket, (this.byBucket.get(bucket) ?? 0) + calls);
  }
}
