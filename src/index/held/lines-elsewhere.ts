// The lines in other sessions, which forks and resumed copies repeat, of the calls of a session that is held. They
// may come any time, whatever the session itself does.

import { FLAG } from '../../core/scan-batch.ts';
import type { Recent } from '../pending-rows.ts';
import type { Ask } from '../readers.ts';
import type { RecordColumns } from '../record-columns.ts';
import type { LedgerLineRow } from './ledger-rows.ts';
import type { CallLines } from './call-lines.ts';
import { linesElsewhere } from './shared-calls.ts';
import type { Shared } from './shared-calls.ts';

/** With more of them the database is asked for each page. */
const MAX_LINES = 5_000;
/** More lines behind than these are not gone through, and more new calls are not looked for one by one: all are read again. */
const MAX_BEHIND = 2048;
const MAX_NEW_CALLS = 200;
/** Where it is not known how many rows of calls there were. */
const ANY = -1;
const LINE_BYTES = 400;
const CALL_BYTES = 40;

const DOUBLES = ['lake_offset', 'byte_offset', 'ts_ms', 'input', 'output', 'cache_creation', 'cache_read'].map((name) => `${name}::DOUBLE AS ${name}`).join(', ');
const COLUMNS = `call_message AS message, call_request AS request, session_ix, agent_ix, file_ix, line, byte_length, model_ix, ${DOUBLES}`;

export class LinesElsewhere {
  private readonly session: number;
  private readonly byMessage = new Map<bigint, LedgerLineRow[]>();
  /** Calls whose lines are here, of the lake up to an offset. */
  private readonly known = new Set<bigint>();
  private upto = -1;
  /** The session's lines had so many messages, and its calls, when it followed them last. */
  private messages = -1;
  private count = 0;
  /** The rows of the table of calls when it was last looked at, and the commit up to which they are. */
  private calls = { rows: 0, seq: 0 };

  constructor(session: number) {
    this.session = session;
  }

  get bytes(): number {
    return this.count * LINE_BYTES + this.known.size * CALL_BYTES;
  }

  /** There are more than are held: nothing of this can be used. */
  get isTooMuch(): boolean {
    return this.count > MAX_LINES;
  }

  /** In the order of their offsets. */
  of(message: bigint): readonly LedgerLineRow[] {
    return this.byMessage.get(message) ?? [];
  }

  /** `messages`: the session's calls, as the same transaction knows them, of commits up to `seq`. `top`: the tables have all lines up to it. */
  async refresh(ask: Ask, messages: ReadonlySet<bigint>, shared: Shared, seq: number, top: number): Promise<void> {
    if (this.isTooMuch) return;
    const added = [...messages].filter((message) => !this.known.has(message));
    for (const message of added) this.known.add(message);
    const behind = this.upto === -1 || added.length > MAX_NEW_CALLS ? null : await this.read(ask, `lake_offset > ${this.upto}`, MAX_BEHIND);
    if (behind === null || behind.length > MAX_BEHIND) return this.readAll(ask, messages, shared, seq, top);
    const mayBeEarlier = added.length > 0 && (await this.wereKnown(ask, added, seq));
    // A call of which a line is passed over now may become the session's.
    if (added.length === 0 && behind.some(({ message }) => !this.known.has(message))) this.calls = { rows: ANY, seq };
    const earlier = mayBeEarlier ? await this.read(ask, `lake_offset <= ${this.upto} AND call_message IN (${added.join(',')})`, MAX_LINES) : [];
    this.add([...earlier, ...behind.filter(({ message }) => this.known.has(message))]);
    this.upto = behind.reduce((last, { lake_offset: offset }) => Math.max(last, offset), Math.max(this.upto, top));
  }

  /** The same from the last commits alone, where what is new among the calls was told first in these; false where they do not have all of it. */
  follow({ callLines }: CallLines, calls: { size: number; messages: Iterable<bigint> }, { from, commits, created }: Recent): boolean {
    if (this.isTooMuch || this.upto + 1 < from) return false;
    const messages = callLines.size + calls.size;
    const added = new Set(messages === this.messages ? [] : [...callLines.keys(), ...calls.messages].filter((message) => !this.known.has(message)));
    for (const message of added) if (!created.has(message)) return false;
    const lines: LedgerLineRow[] = [];
    for (const { top, columns } of commits) {
      if (top <= this.upto && added.size === 0) continue;
      for (let row = 0; row < columns.rows; row++) {
        if (columns.session[row] === this.session || ((columns.flags[row] as number) & FLAG.counted) === 0) continue;
        const message = columns.callMessage[row] as bigint;
        if (added.has(message) || (this.known.has(message) && Number(columns.offset[row]) > this.upto)) lines.push(lineOf(columns, row));
      }
    }
    for (const message of added) this.known.add(message);
    this.messages = messages;
    this.add(lines);
    this.upto = Math.max(this.upto, commits.at(-1)?.top ?? 0);
    // Which rows of calls the tables have by now is not known.
    this.calls = { rows: ANY, seq: commits.at(-1)?.seq ?? this.calls.seq };
    return true;
  }

  /**
   * Whether any of these calls may have lines up to the offset that was looked at before. Each line leaves a row of its call, so
   * it may only where such a row is there, or where rows were merged since.
   */
  private async wereKnown(ask: Ask, messages: readonly bigint[], seq: number): Promise<boolean> {
    const [now] = await ask<{ known: number; before: number; rows: number }>(
      `SELECT (count(*) FILTER (message IN (${messages.join(',')})))::DOUBLE AS known, count(*)::DOUBLE AS before, (SELECT count(*) FROM calls)::DOUBLE AS rows FROM calls WHERE seq <= ${this.calls.seq}`,
    );
    const { rows } = this.calls;
    this.calls = { rows: now?.rows ?? 0, seq };
    return now === undefined || now.known > 0 || now.before !== rows;
  }

  private async readAll(ask: Ask, messages: ReadonlySet<bigint>, shared: Shared, seq: number, top: number): Promise<void> {
    const [last] = await ask<{ upto: number; rows: number }>('SELECT coalesce(max(lake_offset), 0)::DOUBLE AS upto, (SELECT count(*) FROM calls)::DOUBLE AS rows FROM records');
    const lines = messages.size === 0 ? [] : await this.read(ask, linesElsewhere(shared, { session: this.session, messages }), MAX_LINES);
    this.byMessage.clear();
    this.count = 0;
    this.add(lines);
    this.upto = Math.max(top, last?.upto ?? 0);
    this.calls = { rows: last?.rows ?? 0, seq };
  }

  private read(ask: Ask, where: string, limit: number): Promise<LedgerLineRow[]> {
    return ask<LedgerLineRow>(`SELECT ${COLUMNS} FROM records WHERE session_ix <> ${this.session} AND flags & ${FLAG.counted} <> 0 AND ${where} LIMIT ${limit + 1}`);
  }

  private add(lines: readonly LedgerLineRow[]): void {
    for (const line of lines.toSorted((a, b) => a.lake_offset - b.lake_offset)) {
      const known = this.byMessage.get(line.message);
      if (known === undefined) this.byMessage.set(line.message, [line]);
      else known.push(line);
    }
    this.count += lines.length;
  }
}

function lineOf(from: RecordColumns, row: number): LedgerLineRow {
  const [input, output, cacheCreation, cacheRead] = from.usage.map((column) => Number(column[row])) as [number, number, number, number];
  return {
    message: from.callMessage[row] as bigint, request: from.callRequest[row] as bigint, session_ix: from.session[row] as number, agent_ix: from.agent[row] as number, lake_offset: Number(from.offset[row]),
    file_ix: from.file[row] as number, line: from.line[row] as number, byte_offset: Number(from.byteOffset[row]), byte_length: from.byteLength[row] as number, ts_ms: Number(from.ts[row]),
    model_ix: from.model[row] as number, input, output, cache_creation: cacheCreation, cache_read: cacheRead,
  };
}
