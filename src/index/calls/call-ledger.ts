// Each model call once. Lines of one call (same message id and request id) repeat its usage, in one
// file or over forks and resumed copies: the line with the largest output counts, for the session that
// had the call first. A sidechain's copy of a call that a main thread has under another request id is a
// replay and counts nothing. Both folds are commutative, so the order of arrival does not matter.
//
// Calls touched lately are held; which calls exist at all is known by a set of hashes, so that a new
// call costs no query and a late line of an old one costs one.

import type { DuckDBConnection } from '@duckdb/node-api';
import { countsBefore, ownsBefore } from './call-claims.ts';
import { CallColumns } from './call-columns.ts';
import type { CallLine, CallNames, Contribution, SharedCall } from './call-line.ts';
import { changedCalls, messageOf, usageOf } from './call-rows.ts';
import type { ChangedCall } from './call-rows.ts';
import { callKey, CallTable, INT, NONE, NUMBER } from './call-table.ts';
import type { CallKey } from './call-table.ts';
import { HashSet32 } from '../names/hash-set.ts';
import { readStoredCalls } from './stored-call.ts';
import { readFixed } from '../store/vectors.ts';

/** Calls held between commits; some 150 bytes each. */
const MAX_HELD = 5_000;

/** What some lines changed: the calls, what they took back from the sums, and what they count. */
export interface CallChanges {
  /** As they are when it is called. */
  calls(): ChangedCall[];
  /** Of these, ones that no line before told of; hardly any is missing. */
  created(): bigint[];
  removed: Contribution[];
  added: Contribution[];
  /** What more is known now of calls that several sessions tell of; some of it may have been known. */
  shared: SharedCall[];
}

export const NOTHING_CHANGED: CallChanges = { calls: () => [], created: () => [], removed: [], added: [], shared: [] };

export class CallLedger {
  private table = new CallTable();
  private known = new HashSet32();
  private isOpen = false;
  /** Grows whenever the changes are taken; a call has that of its last line. */
  private turn = 1;
  /** Of this turn: first rows, all and those of new calls. */
  private touched: number[] = [];
  private created: number[] = [];
  private removed: Contribution[] = [];
  private shared: SharedCall[] = [];
  /** First rows of what is not in the tables as it is now. */
  private unstored: number[] = [];
  /** Calls touched before this turn are let go with the next trim. */
  private keptFrom = 0;
  /** Sessions that had a call which lines told more of. */
  private owners = new Set<number>();
  /** A call's lines mostly follow one another. */
  private last = NONE;
  private readonly names: CallNames;

  constructor(names: CallNames) {
    this.names = names;
  }

  /** Nothing is known any more. */
  clear(): void {
    this.table = new CallTable();
    this.touched = [];
    this.created = [];
    this.removed = [];
    this.shared = [];
    this.unstored = [];
    this.last = NONE;
    this.known = new HashSet32();
    this.isOpen = false;
  }

  /** Which calls exist, read before the first line is added: a start to which nothing is added does without. */
  async open(connection: DuckDBConnection): Promise<void> {
    if (this.isOpen) return;
    await readFixed(connection, 'SELECT message FROM calls', [8], (columns, rows) => {
      const words = new Uint32Array((columns[0] as Uint8Array).buffer, 0, rows * 2);
      for (let i = 0; i < rows * 2; i += 2) this.known.add((words[i + 1] as number) ^ (words[i] as number));
    });
    this.isOpen = true;
  }

  /**
   * Whether the call may exist: to be asked before a BigInt is made of it, for most do not. `high` and `low`: of its hash.
   * Of new ones one in some thousands seems to, and is looked for in vain.
   */
  isKnown(high: number, low: number): boolean {
    return this.known.has(high ^ low);
  }

  /** Reads back the calls among these, which exist, that are not held, in one query. */
  async prepare(connection: DuckDBConnection, messages: ReadonlySet<bigint>): Promise<void> {
    const missing = [...messages].filter((message) => {
      const { messageHigh, messageLow } = callKey(message, 0n);
      return this.table.find(messageHigh, messageLow) === NONE;
    });
    if (missing.length === 0) return;
    for (const { message, variant } of await readStoredCalls(connection, missing)) {
      const row = this.table.insert(callKey(message, variant.request));
      this.setOwner(row, variant);
      this.setCounted(row, variant, variant.bestMs);
    }
  }

  /** Nothing of the key or the line is kept: they may be used again. */
  add(key: CallKey, line: CallLine): void {
    const { table } = this;
    const first = this.find(key);
    this.share(first, key, line.session);
    const row = table.findRequest(first, key);
    if (row !== NONE) {
      if (countsBefore(line, table, row, this.names)) this.setCounted(row, line, line.ms);
      if (ownsBefore(line, table, row, this.names)) this.setOwner(row, line);
      return;
    }
    const made = table.insert(key);
    this.setOwner(made, line);
    this.setCounted(made, line, line.ms);
    if (first === NONE) this.begin(made, key);
  }

  /** The call's first row, which is touched. */
  private find({ messageHigh, messageLow }: CallKey): number {
    const { table, last } = this;
    if (last !== NONE && table.int(last, INT.messageLow) === (messageLow | 0) && table.int(last, INT.messageHigh) === (messageHigh | 0)) return last;
    const first = table.find(messageHigh, messageLow);
    this.last = first;
    if (first === NONE || table.int(first, INT.turn) === this.turn) return first;
    table.setInt(first, INT.turn, this.turn);
    this.touched.push(first);
    this.contribute(first, this.removed);
    for (let row = first; row !== NONE; row = table.int(row, INT.next)) this.owners.add(table.int(row, INT.session));
    return first;
  }

  /** Where the call is another session's: whoever told of it before owns it or did when the next one came. */
  private share(first: number, { messageHigh, messageLow }: CallKey, session: number): void {
    const { table } = this;
    for (let row = first; row !== NONE; row = table.int(row, INT.next)) {
      const owner = table.int(row, INT.session);
      if (owner === session) continue;
      // Lines of one call mostly follow one another.
      const last = this.shared.at(-1);
      if (last?.session === session && last.messageLow === messageLow && last.messageHigh === messageHigh) continue;
      this.shared.push({ messageHigh, messageLow, session: owner }, { messageHigh, messageLow, session });
    }
  }

  private begin(first: number, { messageHigh, messageLow }: CallKey): void {
    this.last = first;
    this.table.setInt(first, INT.turn, this.turn);
    this.touched.push(first);
    if (this.known.add(messageHigh ^ messageLow)) this.created.push(first);
  }

  /** Of the lines since they were taken before. */
  takeChanges(): CallChanges {
    const { table, touched, created, removed, shared } = this;
    const added: Contribution[] = [];
    for (const first of touched) {
      this.contribute(first, added);
      if (table.int(first, INT.unstored) === 1) continue;
      table.setInt(first, INT.unstored, 1);
      this.unstored.push(first);
    }
    this.touched = [];
    this.created = [];
    this.removed = [];
    this.shared = [];
    this.turn += 1;
    this.last = NONE;
    return { calls: () => changedCalls(table, touched), created: () => created.map((first) => messageOf(table, first)), removed, added, shared };
  }

  /** The calls that changed since they were taken before, for the tables. */
  takeUnstored(): CallColumns {
    const { table, unstored } = this;
    const rows: number[] = [];
    for (const first of unstored) {
      table.setInt(first, INT.unstored, 0);
      for (let row = first; row !== NONE; row = table.int(row, INT.next)) rows.push(row);
    }
    this.unstored = [];
    return new CallColumns(table, rows);
  }

  /** Sessions whose sums the lines since the last asking may have changed, beside those of the lines themselves. */
  takeOwners(): Set<number> {
    const { owners } = this;
    this.owners = new Set();
    return owners;
  }

  /** Between commits, when all is in the tables: where too many are held, those are let go that nothing was told of lately. */
  trim(): void {
    const { table, turn, keptFrom } = this;
    if (table.rows <= MAX_HELD) return;
    this.table = table.with((first) => table.int(first, INT.turn) >= keptFrom);
    this.keptFrom = turn;
    this.last = NONE;
  }

  private setOwner(row: number, line: CallLine): void {
    const { table } = this;
    table.setInt(row, INT.session, line.session);
    table.setInt(row, INT.agent, line.agent);
    table.setInt(row, INT.sidechain, line.sidechain ? 1 : 0);
    table.setNumber(row, NUMBER.ms, line.ms);
    table.setNumber(row, NUMBER.birthMs, line.birthMs);
  }

  private setCounted(row: number, { model, tier, usage }: CallLine, bestMs: number): void {
    const { table } = this;
    table.setInt(row, INT.model, model);
    table.setInt(row, INT.tier, tier);
    table.setNumber(row, NUMBER.bestMs, bestMs);
    table.setNumber(row, NUMBER.input, usage.input);
    table.setNumber(row, NUMBER.output, usage.output);
    table.setNumber(row, NUMBER.cacheCreation, usage.cacheCreation);
    table.setNumber(row, NUMBER.cacheRead, usage.cacheRead);
    table.setNumber(row, NUMBER.cacheCreation1h, usage.cacheCreation1h);
    table.setNumber(row, NUMBER.webSearches, usage.webSearches);
  }

  /** What a call counts: of its requests, on a main thread if there is one, each. */
  private contribute(first: number, to: Contribution[]): void {
    const { table } = this;
    let onMain = false;
    for (let row = first; row !== NONE && !onMain; row = table.int(row, INT.next)) onMain = table.int(row, INT.sidechain) === 0;
    for (let row = first; row !== NONE; row = table.int(row, INT.next)) {
      if (onMain && table.int(row, INT.sidechain) === 1) continue;
      to.push({
        session: table.int(row, INT.session), agent: table.int(row, INT.agent), model: table.int(row, INT.model), tier: table.int(row, INT.tier), ms: table.number(row, NUMBER.bestMs), usage: usageOf(table, row),
      });
    }
  }
}
