// The rows of the lake, the newest first, a window after the other: spans of time that should hold so many rows each. Where
// that cannot be told, or there are far more, the engine puts rows into order, which costs more than reading them.

import type { Conditions } from '../rows/conditions.ts';
import type { Readers } from '../store/readers.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import type { Reach } from './reach.ts';
import { FirstWindow } from './first-window.ts';
import type { NewestRead } from './first-window.ts';
import { DETAIL_COLUMNS, RowDetails } from './row-details.ts';
import type { RowDetail } from './row-details.ts';
import { NEWEST, ROW_COLUMNS, Rows } from './rows.ts';
import type { Place } from './rows.ts';
import { SortedWindow, TimeWindow } from './window.ts';
import type { Window } from './window.ts';

/** What the windows should have, the first one first: what is found often is found in few rows. */
const MAX_WANTED = 32_768;
const ROWS = [1024, 8192, MAX_WANTED];
/** What one may have. */
const MAX_ROWS = 131_072;
/** How much denser or sparser rows may be than in the last window. */
const CHANGE = 8;
const UNDATED = -1;

export interface RowSource {
  readers: Readers;
  /** Lets through rows alone that are in the tables. */
  where: Conditions;
  /** More that belong among them, in the order of the lake. */
  pending: readonly RecordRow[];
  /** What is known of the newest rows, null where nothing is yet. Absent where it is not to be used, nor kept. */
  first?: FirstWindow | null;
}

export class NewestRows {
  private readers: Readers;
  private readonly source: RowSource;
  private readonly reach: Reach;
  private place: Place;
  private ended = false;
  private windows = 0;
  private readonly details: Pick<RowDetails, 'of'>[] = [];
  /** Of the newest rows, where the first window told all from a time on. */
  private newest: NewestRead | null = null;
  /** Behind a time in which nothing was written, however long: widening windows would come there in many steps. */
  private isLost = false;

  constructor(source: RowSource, from: Place, reach: Reach) {
    this.source = source;
    this.readers = source.readers;
    this.place = from;
    this.reach = reach;
  }

  /** Everything newer than this, and it itself, was given out and used. */
  get at(): Place {
    return this.place;
  }

  /** No row is left. */
  get isAtEnd(): boolean {
    return this.ended;
  }

  /** Undefined where it has to be asked for. */
  detail(offset: number): RowDetail | undefined {
    for (const details of this.details) {
      const detail = details.of(offset);
      if (detail !== undefined) return detail;
    }
    return this.source.pending.find((row) => row.lake_offset === offset);
  }

  /** `use` takes what it wants of the window and says how far it came. May be called until `isAtEnd`. */
  async next(use: (window: Window) => Promise<Place>): Promise<void> {
    const window = this.known() ?? (await this.asked());
    this.place = window.isUsedUp ? window.at : await use(window);
    this.ended = window.isUsedUp && window.isLast && this.place === window.at;
  }

  /** For searches to come, as of the lake's top when this one began; null where it did not begin with the newest rows. */
  firstWindow(top: number): FirstWindow | null {
    return this.newest === null || this.source.first === undefined ? null : new FirstWindow(this.newest, top);
  }

  /** The first window, where it need not be asked for. */
  private known(): TimeWindow | null {
    const { source: { first }, windows } = this;
    if (windows > 0 || first === undefined || first === null) return null;
    this.windows += 1;
    this.details.push(first);
    return new TimeWindow(first.rows, first.lower, { at: this.place, isLast: first.lower === UNDATED });
  }

  private async asked(): Promise<Window> {
    const wanted = ROWS[Math.min(this.windows++, ROWS.length - 1)] as number;
    const lower = this.lower(wanted);
    return (lower === null ? null : await this.since(lower, wanted)) ?? (await this.sorted(lower === null ? wanted : MAX_WANTED));
  }

  /** Null where nothing tells. */
  private lower(wanted: number): number | null {
    const [ms] = this.place;
    if (ms <= UNDATED) return null;
    const known = this.reach.below(ms, wanted);
    if (known !== null) return known;
    if (this.isLost || this.reach.msPerRow === null || ms === NEWEST[0]) return null;
    return Math.max(UNDATED, Math.floor(ms - this.reach.msPerRow * wanted) - 1);
  }

  /** All rows of that time or later; null where they are too many. */
  private async since(lower: number, wanted: number): Promise<TimeWindow | null> {
    const isFirst = this.place[0] === NEWEST[0];
    const { rows, stored, details, added } = await this.read(wanted, `AND ts_ms >= ${lower} LIMIT ${MAX_ROWS}`, lower);
    if (rows.length >= MAX_ROWS) return null;
    if (isFirst && details !== null) this.newest = { stored, details, added, lower };
    const window = new TimeWindow(rows, lower, { at: this.place, isLast: lower === UNDATED });
    this.isLost = rows.length === 0;
    if (this.isLost) return window;
    this.learn((window.upper - lower + 1) / rows.length);
    const [upto] = this.place;
    const half = rows.length > 2 * wanted ? reachOf(rows, wanted) : lower;
    if (half > lower) {
      this.reach.add(half, upto, wanted);
      this.reach.add(lower, half, rows.length - wanted);
    } else this.reach.add(lower, upto, rows.length);
    return window;
  }

  private async sorted(count: number): Promise<SortedWindow> {
    const { rows: found, added } = await this.read(count, `ORDER BY records.ts_ms DESC, records.lake_offset DESC LIMIT ${count}`, UNDATED);
    const stored = found.length - added.length;
    const rows = found.newest(count, stored);
    const isLast = stored < count && rows.length === found.length;
    const [first, last] = [rows.ts[0], rows.ts[rows.length - 1]];
    this.isLost = false;
    if (first !== undefined && last !== undefined && (last > UNDATED || isLast)) {
      this.learn((first - last + 1) / rows.length);
      this.reach.add(last, this.place[0], rows.length);
    }
    return new SortedWindow(rows, { at: this.place, isLast });
  }

  private learn(msPerRow: number): void {
    const before = this.reach.msPerRow;
    this.reach.msPerRow = before === null ? msPerRow : Math.min(before * CHANGE, Math.max(before / CHANGE, msPerRow));
  }

  private pendingSince(lower: number): RecordRow[] {
    const [ts, offset] = this.place;
    return this.source.pending.filter((row) => row.ts_ms >= lower && (row.ts_ms < ts || (row.ts_ms === ts && row.lake_offset < offset)));
  }

  /** `rows`: those of the tables, then those that are not there yet, of that time or later. */
  private async read(wanted: number, rest: string, lower: number): Promise<Omit<NewestRead, 'details' | 'lower'> & { rows: Rows; details: RowDetails | null }> {
    const [ts, offset] = this.place;
    const { where: { sql: condition, values } } = this.source;
    const withDetails = wanted < MAX_WANTED;
    // The first condition says nothing more than the second; it alone lets whole row groups be passed over.
    const sql = `SELECT ${ROW_COLUMNS}${withDetails ? `, ${DETAIL_COLUMNS}` : ''} FROM records WHERE ${condition} AND records.ts_ms <= ${ts} AND (records.ts_ms, records.lake_offset) < (${ts}, ${offset}) ${rest}`;
    const chunks = await this.readers.use(async (connection) => (await connection.run(sql, values.length === 0 ? undefined : values)).fetchAllChunks());
    const stored = Rows.of(chunks);
    const details = withDetails ? new RowDetails(stored.offset, chunks) : null;
    if (details !== null) this.details.push(details);
    // The windows to come are of rows that were committed before this one was asked for.
    this.readers = this.readers.asStored();
    const added = this.pendingSince(lower);
    return { rows: stored.with(added), stored, details, added };
  }
}

/** Every so many rows stand for all: to sort them takes less. */
const SAMPLED = 8;

/** From which time on there are about so many rows. */
function reachOf({ ts }: Rows, count: number): number {
  const sample = Float64Array.from({ length: Math.ceil(ts.length / SAMPLED) }, (_, i) => ts[i * SAMPLED] as number).sort();
  return sample[Math.max(0, sample.length - Math.ceil(count / SAMPLED))] as number;
}
