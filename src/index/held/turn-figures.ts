// What happened in each of some turns, gathered row by row.

import type { ToolRef, ToolResultRef } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { LineRange } from '../lines/line-range.ts';
import { Spending } from '../spending/spending.ts';

/** The last lines of a turn may hold thoughts alone, or nothing to read. */
const ANSWERS_TRIED = 3;
/** Where a turn ends that no other one follows. */
export const BEYOND = Number.MAX_SAFE_INTEGER;

/** A prompt, where it was first written and where the next one of that file is. */
export interface Turn {
  lake_offset: number;
  file_ix: number;
  /** The line that has its text: the newest, where it was written again. */
  text: LineRange;
  until: number;
  ts_ms: number;
  uuid: string | null;
}

export interface TurnRange {
  /** The sort key of the turn before; null: from the first. */
  after: readonly number[] | null;
  skip: number;
  limit: number;
}

/** What happened in a turn, on the main thread. */
export class TurnFigures {
  records = 0;
  errors = 0;
  firstMs = -1;
  lastMs = -1;
  /** Where the model said something last, the latest first. */
  answers: LineRange[] = [];
  readonly tools = new Map<string, { calls: number; errors: number }>();
  readonly models = new Set<number>();
  readonly spending = new Spending();
}

/** Finds the turn that a line belongs to. */
export class TurnPlaces {
  /** By file, ascending. */
  private readonly byFile = new Map<number, { from: number; until: number; index: number }[]>();
  readonly first: number;
  readonly last: number;

  /** `versions`: whether a row can be a newer version of another one, and so come at any time after it. */
  constructor(turns: readonly Turn[], versions: boolean) {
    turns.forEach(({ file_ix, lake_offset, until }, index) => {
      const place = { from: lake_offset, until, index };
      const places = this.byFile.get(file_ix);
      if (places === undefined) this.byFile.set(file_ix, [place]);
      else places.push(place);
    });
    for (const places of this.byFile.values()) places.sort((a, b) => a.from - b.from);
    this.first = Math.min(...turns.map((turn) => turn.lake_offset));
    this.last = versions ? BEYOND : Math.max(...turns.map((turn) => turn.until));
  }

  /** -1 where it is none of these. */
  find(file: number, offset: number): number {
    const places = this.byFile.get(file) ?? [];
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[middle] as { from: number }).from <= offset) low = middle + 1;
      else high = middle;
    }
    const place = places[low - 1];
    return place !== undefined && offset < place.until ? place.index : -1;
  }
}

/** A row of the main thread that is no repeat. */
export interface TurnRow extends LineRange {
  /** The same in all versions of a record; null where the source has none. */
  record: string | null;
  lake_offset: number;
  ts_ms: number;
  flags: number;
  role_ix: number;
  tools: readonly ToolRef[];
  results: readonly ToolResultRef[];
}

/** What a turn has of a record that may come again. */
interface Told {
  turn: TurnFigures;
  tools: number;
  error: boolean;
  answer: LineRange | null;
}

/** Adds rows, in the order of their offsets, to the figures of their turns. A newer version adds what is new in it to the turn of the first. */
export class TurnGathering {
  private readonly places: TurnPlaces;
  private readonly figures: readonly TurnFigures[];
  private readonly assistant: number;
  private readonly called = new Map<string, { calls: number; errors: number }>();
  /** Of these, ones without a result so far. */
  private readonly open = new Set<string>();
  private readonly told = new Map<string, Told>();
  /** Calls whose failure was told by a record that may come again. */
  private readonly failed = new Set<string>();

  /** `assistant`: the number of that role. */
  constructor(places: TurnPlaces, figures: readonly TurnFigures[], assistant: number) {
    this.places = places;
    this.figures = figures;
    this.assistant = assistant;
  }

  add(row: TurnRow): void {
    this.addFailures(row);
    const { file_ix, lake_offset, ts_ms: ms, flags, record, tools } = row;
    const before = record === null ? undefined : this.told.get(record);
    // A newer version of what is in a turn before these.
    if (before === undefined && (flags & FLAG.replaces) !== 0) return;
    const turn = before?.turn ?? this.figures[this.places.find(file_ix, lake_offset)];
    if (turn === undefined) return;
    const error = (flags & FLAG.error) !== 0;
    if (before === undefined) {
      turn.records += 1;
      if (ms >= 0) {
        turn.firstMs = turn.firstMs === -1 ? ms : Math.min(turn.firstMs, ms);
        turn.lastMs = Math.max(turn.lastMs, ms);
      }
    }
    if (error && before?.error !== true) turn.errors += 1;
    this.addTools(turn, tools.slice(before?.tools ?? 0));
    const answer = this.addAnswer(turn, row, before?.answer ?? null);
    if (record !== null) this.told.set(record, { turn, tools: Math.max(tools.length, before?.tools ?? 0), error: error || before?.error === true, answer });
  }

  /** Calls whose result is in none of the rows: a human may type while a tool runs, and then it comes in a later turn. */
  unanswered(): readonly string[] {
    return [...this.open];
  }

  /** Of a call without a result: what came of it later. */
  addLate(id: string, isError: boolean): void {
    const tool = this.called.get(id);
    if (isError && tool !== undefined) tool.errors += 1;
  }

  /** The first result of a call counts; of a record that may come again, any. */
  private addFailures({ record, results }: TurnRow): void {
    for (const { id, is_error } of results) {
      const tool = id === null || this.failed.has(id) ? undefined : this.called.get(id);
      if (id === null || tool === undefined) continue;
      this.open.delete(id);
      if (record === null) this.called.delete(id);
      if (!is_error) continue;
      tool.errors += 1;
      if (record !== null) this.failed.add(id);
    }
  }

  private addTools(turn: TurnFigures, tools: readonly ToolRef[]): void {
    for (const { id, name } of tools) {
      const tool = turn.tools.get(name) ?? { calls: 0, errors: 0 };
      turn.tools.set(name, tool);
      tool.calls += 1;
      if (id === null) continue;
      this.called.set(id, tool);
      this.open.add(id);
    }
  }

  /** Where the row may be the turn's answer; in the place of its version before. */
  private addAnswer(turn: TurnFigures, { file_ix, byte_offset, byte_length, role_ix, tools }: TurnRow, before: LineRange | null): LineRange | null {
    const range = tools.length === 0 && role_ix === this.assistant ? { file_ix, byte_offset, byte_length } : null;
    if (before !== null) turn.answers = turn.answers.flatMap((answer) => (answer === before ? (range ?? []) : answer));
    else if (range !== null) turn.answers = [range, ...turn.answers.slice(0, ANSWERS_TRIED - 1)];
    return range;
  }
}
