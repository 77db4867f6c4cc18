// Messages and errors by session and quarter hour, and by quarter hour alone, in memory: counted once over the records, and then over
// those alone that came since, as rows are added and never taken away.

import type { DuckDBConnection } from '@duckdb/node-api';
import { FLAG } from '../../core/scan-batch.ts';
import { bucketOf } from '../rows/delta-sums.ts';
import type { Pending } from '../writer/pending-rows.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import type { Readers } from '../store/readers.ts';
import type { RecordColumns } from '../rows/record-columns.ts';
import { fixedColumn } from '../store/vectors.ts';

const FIRST_ROWS = 1024;
/** Numbers of sessions and of quarter hours make one number. */
const BUCKETS = 2 ** 31;

export class RecordTimes {
  length = 0;
  session = new Int32Array(FIRST_ROWS);
  /** Quarter hours since the epoch, -1 for no time. */
  bucket = new Int32Array(FIRST_ROWS);
  /** Of the main thread. */
  messages = new Float64Array(FIRST_ROWS);
  errors = new Float64Array(FIRST_ROWS);
  /** Of all sessions, by quarter hour. */
  readonly quarters = new Map<number, { messages: number; errors: number }>();
  private readonly rows = new Map<number, number>();
  private readonly readers: Readers;
  private readonly pending: () => Pending;
  /** Up to this lake offset everything is in. */
  private upto = 0;
  private reading: Promise<void> | null = null;

  /** `readers`: of what `pending` does not have. */
  constructor(readers: Readers, pending: () => Pending) {
    this.readers = readers;
    this.pending = pending;
  }

  /** Resolves when everything that was committed before is in. */
  async current(): Promise<this> {
    const wanted = this.pending().top;
    while (this.upto < wanted) {
      if (this.reading === null && this.extend()) break;
      this.reading ??= this.read(this.pending()).finally(() => (this.reading = null));
      await this.reading;
    }
    return this;
  }

  /** False where records are missing that are in the tables alone. */
  private extend(): boolean {
    const pending = this.pending();
    if (this.upto + 1 < pending.recent.from) return false;
    this.addRecent(pending);
    return true;
  }

  private async read(pending: Pending): Promise<void> {
    await this.readers.use((connection) => this.add(connection, pending.from - 1));
    this.upto = pending.from - 1;
    this.addColumns(pending.columns, pending.top);
  }

  private addRecent({ recent, top }: Pending): void {
    this.addColumns(recent.commits.filter(({ top: last }) => last > this.upto).map(({ columns }) => columns), top);
  }

  private addColumns(columns: Iterable<RecordColumns>, top: number): void {
    for (const { rows, offset, flags, session, agent, ts } of columns) {
      for (let at = 0; at < rows; at++) {
        const is = flags[at] as number;
        if (Number(offset[at]) <= this.upto || Number(offset[at]) > top || (is & FLAG.duplicate) !== 0 || (is & (FLAG.message | FLAG.error)) === 0) continue;
        this.count(session[at] as number, bucketOf(Number(ts[at])), (is & FLAG.message) !== 0 && agent[at] === 0 ? 1 : 0, (is & FLAG.error) === 0 ? 0 : 1);
      }
    }
    this.upto = top;
  }

  private async add(connection: DuckDBConnection, upto: number): Promise<void> {
    const result = await connection.run(
      `SELECT session_ix, (CASE WHEN ts_ms < 0 THEN -1 ELSE ts_ms // ${QUARTER_HOUR_MS} END)::INTEGER AS bucket, count(*) FILTER (flags & ${FLAG.message} <> 0 AND agent_ix = 0)::DOUBLE AS messages, count(*) FILTER (flags & ${FLAG.error} <> 0)::DOUBLE AS errors
      FROM records WHERE lake_offset > ${this.upto} AND lake_offset <= ${upto} AND flags & ${FLAG.duplicate} = 0 AND flags & ${FLAG.message | FLAG.error} <> 0 GROUP BY session_ix, bucket`,
    );
    // All of it is there before any of it is counted: otherwise an error would have some of it counted twice.
    for (const chunk of await result.fetchAllChunks()) {
      if (chunk.rowCount === 0) continue;
      const [session, bucket] = [fixedColumn(chunk, 0, Int32Array), fixedColumn(chunk, 1, Int32Array)];
      const [messages, errors] = [fixedColumn(chunk, 2, Float64Array), fixedColumn(chunk, 3, Float64Array)];
      for (let at = 0; at < chunk.rowCount; at++) {
        this.count(session[at] as number, bucket[at] as number, messages[at] as number, errors[at] as number);
      }
    }
  }

  private count(session: number, bucket: number, messages: number, errors: number): void {
    const row = this.at(session, bucket);
    this.messages[row] = (this.messages[row] as number) + messages;
    this.errors[row] = (this.errors[row] as number) + errors;
    const quarter = this.quarters.get(bucket);
    if (quarter === undefined) this.quarters.set(bucket, { messages, errors });
    else {
      quarter.messages += messages;
      quarter.errors += errors;
    }
  }

  private at(session: number, bucket: number): number {
    const key = session * BUCKETS + bucket + 1;
    const known = this.rows.get(key);
    if (known !== undefined) return known;
    const row = this.length++;
    if (row === this.session.length) this.grow();
    this.session[row] = session;
    this.bucket[row] = bucket;
    this.rows.set(key, row);
    return row;
  }

  private grow(): void {
    const size = this.length * 2;
    const [session, bucket, messages, errors] = [new Int32Array(size), new Int32Array(size), new Float64Array(size), new Float64Array(size)];
    session.set(this.session);
    bucket.set(this.bucket);
    messages.set(this.messages);
    errors.set(this.errors);
    Object.assign(this, { session, bucket, messages, errors });
  }
}
