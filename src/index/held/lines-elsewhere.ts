// The lines in other sessions, which forks and resumed copies repeat, of the calls of a session that is held. They
// may come any time, whatever the session itself does.

import { FLAG } from '../../core/scan-batch.ts';
import type { Pending, Recent } from '../writer/pending-rows.ts';
import type { Readers } from '../store/readers.ts';
import type { RecordColumns } from '../rows/record-columns.ts';
import type { LedgerLineRow } from './ledger-rows.ts';
import type { CallLines } from './call-lines.ts';
import type { SharedCalls } from './shared-calls.ts';

/** With more of them the database is asked for each page. */
const MAX_LINES = 5_000;
/** Of how many messages there are. */
const UNKNOWN = -1;
const LINE_BYTES = 400;
const CALL_BYTES = 40;

const DOUBLES = ['lake_offset', 'byte_offset', 'ts_ms', 'input', 'output', 'cache_creation', 'cache_read'].map((name) => `${name}::DOUBLE AS ${name}`).join(', ');
const COLUMNS = `call_message AS message, call_request AS request, session_ix, agent_ix, file_ix, line, byte_length, model_ix, ${DOUBLES}`;

export class LinesElsewhere {
  private readonly session: number;
  private readonly byMessage = new Map<bigint, LedgerLineRow[]>();
  /** Calls whose lines are here, of the lake up to an offset. */
  private known = new Set<bigint>();
  private upto = -1;
  /** The session's lines had so many messages, and its calls, when it followed them last. */
  private messages = UNKNOWN;
  private count = 0;

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

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** In the order of their offsets. */
  of(message: bigint): readonly LedgerLineRow[] {
    return this.byMessage.get(message) ?? [];
  }

  /** Of these calls, which it keeps, as of the last commit of `pending`. */
  async refresh(readers: Readers, messages: Set<bigint>, shared: SharedCalls, pending: Pending): Promise<void> {
    if (this.isTooMuch) return;
    const { session } = this;
    const elsewhere = shared.elsewhere(messages, session);
    const stored = elsewhere.isNothing ? [] : await readers.rows<LedgerLineRow>(`SELECT ${COLUMNS} FROM records WHERE ${elsewhere.condition('call_message')} AND flags & ${FLAG.counted} <> 0 AND lake_offset < ${pending.from} LIMIT ${MAX_LINES + 1}`);
    this.byMessage.clear();
    this.known = messages;
    this.count = 0;
    this.add([...stored, ...pending.columns.flatMap((columns) => linesOf(columns, session, (message) => messages.has(message)))]);
    this.upto = pending.top;
    this.messages = UNKNOWN;
  }

  /** The same from the last commits alone, where what is new among the calls was told first in these; false where they do not have all of it. */
  follow({ callLines }: CallLines, calls: { size: number; messages: Iterable<bigint> }, { from, commits, created }: Recent): boolean {
    if (this.isTooMuch || this.upto + 1 < from) return false;
    const messages = callLines.size + calls.size;
    const added = new Set(messages === this.messages ? [] : [...callLines.keys(), ...calls.messages].filter((message) => !this.known.has(message)));
    for (const message of added) if (!created.has(message)) return false;
    const lines = commits.filter(({ top }) => added.size > 0 || top > this.upto)
      .flatMap(({ columns }) => linesOf(columns, this.session, (message, offset) => added.has(message) || (offset > this.upto && this.known.has(message))));
    for (const message of added) this.known.add(message);
    this.messages = messages;
    this.add(lines);
    this.upto = Math.max(this.upto, commits.at(-1)?.top ?? 0);
    return true;
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

/** Lines of wanted calls that are not the session's. */
function linesOf(from: RecordColumns, session: number, isWanted: (message: bigint, offset: number) => boolean): LedgerLineRow[] {
  const lines: LedgerLineRow[] = [];
  for (let row = 0; row < from.rows; row++) {
    if (from.session[row] === session || ((from.flags[row] as number) & FLAG.counted) === 0) continue;
    if (isWanted(from.callMessage[row] as bigint, Number(from.offset[row]))) lines.push(lineOf(from, row));
  }
  return lines;
}

function lineOf(from: RecordColumns, row: number): LedgerLineRow {
  const [input, output, cacheCreation, cacheRead] = from.usage.map((column) => Number(column[row])) as [number, number, number, number];
  return {
    message: from.callMessage[row] as bigint, request: from.callRequest[row] as bigint, session_ix: from.session[row] as number, agent_ix: from.agent[row] as number, lake_offset: Number(from.offset[row]),
    file_ix: from.file[row] as number, line: from.line[row] as number, byte_offset: Number(from.byteOffset[row]), byte_length: from.byteLength[row] as number, ts_ms: Number(from.ts[row]),
    model_ix: from.model[row] as number, input, output, cache_creation: cacheCreation, cache_read: cacheRead,
  };
}
