// The rows of sessions that were asked about lately, in memory: one is not planned and read anew for every
// question, only for what was committed since. Within a bound of bytes; a session that is too large for
// it is asked of the database. Rows are never changed once they are committed, so what is held is added to.

import { LRUCache } from 'lru-cache';
import type { Directories } from '../names/directories.ts';
import { hasVersions } from '../rows/newest-version.ts';
import type { CommitChanges } from '../follow/commit-changes.ts';
import { Followed } from '../follow/followed.ts';
import type { LakeVersions } from '../writer/lake-versions.ts';
import type { Pending } from '../writer/pending-rows.ts';
import type { Readers } from '../store/readers.ts';
import type { RecordColumns } from '../rows/record-columns.ts';
import { LinesElsewhere } from './lines-elsewhere.ts';
import { SessionCalls } from './session-calls.ts';
import { SESSION_COLUMNS } from './session-columns.ts';
import { SessionRows } from './session-rows.ts';
import { readSharedCalls } from './shared-calls.ts';
import type { SharedCalls } from './shared-calls.ts';

const MAX_BYTES = 16 * 1024 * 1024;
/** Of one session: some six MiB. */
const SESSION_MAX_ROWS = 30_000;
const TOO_LARGE_MAX = 10_000;

/** How much of a session is asked for. */
const DEPTHS = ['rows', 'calls', 'ledger'] as const;
type Depth = (typeof DEPTHS)[number];

/** Up to which versions what is held goes; null where it does not. */
interface HeldVersions {
  rows: string | null;
  calls: string | null;
  /** Lines of its calls elsewhere: of the lake where any call is another session's. */
  ledger: string | null;
}

interface Held {
  rows: SessionRows;
  versions: HeldVersions;
  /** All rows up to this lake offset are here. */
  upto: number;
}

export interface HeldLimits {
  maxBytes: number;
  sessionMaxRows: number;
}

/** What is said of commits as they come. */
export interface Commits {
  versions: Pick<LakeVersions, 'session' | 'lake' | 'sawAlone'>;
  changes: CommitChanges;
  /** What is committed and not in the tables. */
  pending: () => Pending;
}

export interface HeldParts {
  readers: Readers;
  names: Directories;
  /** Without them nothing is held. */
  commits: Commits | null;
  limits?: HeldLimits | undefined;
}

export class HeldSessions {
  private readonly readers: Readers;
  private readonly names: Directories;
  private readonly commits: Commits | null;
  private readonly sessionMaxRows: number;
  private readonly shared: Followed<SharedCalls>;
  private readonly held: LRUCache<number, Held>;
  private readonly tooLarge = new LRUCache<number, true>({ max: TOO_LARGE_MAX });
  private readonly reading = new Map<number, { rows: Promise<SessionRows | null>; depth: Depth }>();

  constructor({ readers, names, commits, limits: { maxBytes, sessionMaxRows } = { maxBytes: MAX_BYTES, sessionMaxRows: SESSION_MAX_ROWS } }: HeldParts) {
    this.readers = readers;
    this.names = names;
    this.commits = commits;
    this.sessionMaxRows = sessionMaxRows;
    this.shared = new Followed(commits?.changes ?? null, () => readers.ahead(readSharedCalls));
    this.held = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ rows }) => rows.bytes + 1 });
  }

  /** The session with all that was committed before; null where the database has to be asked. */
  of(session: number): Promise<SessionRows | null> {
    return this.current(session, 'rows');
  }

  /** The same, with its calls. */
  async withCalls(session: number): Promise<{ held: SessionRows; calls: SessionCalls } | null> {
    const held = await this.current(session, 'calls');
    return held === null || held.calls === null ? null : { held, calls: held.calls };
  }

  /** The same, with their lines in other sessions. */
  async withLedger(session: number): Promise<{ held: SessionRows; calls: SessionCalls; elsewhere: LinesElsewhere } | null> {
    const held = await this.current(session, 'ledger');
    return held === null || held.calls === null || held.elsewhere === null || held.elsewhere.isTooMuch ? null : { held, calls: held.calls, elsewhere: held.elsewhere };
  }

  /** Resolves when it is known which calls several sessions tell of. */
  async callsHeld(): Promise<void> {
    await this.shared.current();
  }

  private async current(session: number, depth: Depth): Promise<SessionRows | null> {
    const { commits } = this;
    const wanted = commits === null ? null : this.versionsOf(session, commits);
    if (commits === null || wanted === null) return null;
    for (let waited = 0; ; waited++) {
      if (this.tooLarge.has(session)) return null;
      const held = this.held.get(session);
      const reading = this.reading.get(session);
      if (held !== undefined && (reaches(held, wanted, depth) || (reading === undefined && this.extend(held, session, depth, commits)))) return held.rows;
      // One that is under way may have begun before the last commit; the next one has not.
      if (reading === undefined) return this.start(session, held, depth, commits);
      const rows = await reading.rows.catch(() => null);
      if (waited > 0 && rows !== null && DEPTHS.indexOf(reading.depth) >= DEPTHS.indexOf(depth)) return rows;
    }
  }

  /** From the last commits. False where something is missing that is in the tables alone, or where rows become too many. */
  private extend({ rows, upto, versions: known }: Held, session: number, depth: Depth, commits: Commits): boolean {
    const now = this.versionsOf(session, commits);
    const { recent, top } = commits.pending();
    if (now === null || upto + 1 < recent.from) return false;
    const added = rowsOf(recent.commits.filter((commit) => commit.top > upto).map(({ columns }) => columns), session, rows.columns.last);
    if (rows.rows + added.length > this.sessionMaxRows) return false;
    for (const { columns, row } of added) rows.columns.addRecord(columns, row);
    const versions = { ...known, rows: now.rows };
    this.held.set(session, { rows, upto: top, versions });
    if (depth === 'rows') return true;
    if (rows.calls?.follow(rows, recent) !== true) return false;
    versions.calls = now.calls;
    if (depth === 'calls') return true;
    if (rows.elsewhere?.follow(rows, rows.calls, recent) !== true) return false;
    versions.ledger = ledgerVersion(rows, now);
    tellAlone(rows, now, commits);
    return true;
  }

  private start(session: number, known: Held | undefined, depth: Depth, commits: Commits): Promise<SessionRows | null> {
    const held = known ?? { rows: new SessionRows(session, hasVersions(this.names, session)), versions: NOTHING_HELD, upto: 0 };
    const rows = this.read(session, held, depth, commits).finally(() => this.reading.delete(session));
    this.reading.set(session, { rows, depth });
    return rows;
  }

  private async read(session: number, held: Held, depth: Depth, commits: Commits): Promise<SessionRows | null> {
    const now = this.versionsOf(session, commits) ?? NOTHING_HELD;
    const pending = commits.pending();
    // What comes meanwhile is of later commits.
    const fits = await this.readBehind(session, held, depth, { ...pending, columns: [...pending.columns], calls: [...pending.calls] });
    if (!fits) {
      this.held.delete(session);
      this.tooLarge.set(session, true);
      return null;
    }
    const { rows, versions } = held;
    const reached = { rows: now.rows, calls: depth === 'rows' ? versions.calls : now.calls, ledger: depth === 'ledger' ? ledgerVersion(rows, now) : versions.ledger };
    this.held.set(session, { rows, versions: reached, upto: pending.top });
    if (depth === 'ledger') tellAlone(rows, now, commits);
    return rows;
  }

  /** False where the session has more rows than are held. */
  private async readBehind(session: number, { rows }: Held, depth: Depth, pending: Pending): Promise<boolean> {
    // After what is pending: what these commits say of shared calls is in.
    const shared = depth === 'rows' ? null : await this.shared.current();
    // Each statement says up to which commit: together they need no transaction.
    const readers = this.readers.asStored();
    rows.add(await readers.chunks(rowsBehindSql(rows, pending.from, this.sessionMaxRows)));
    for (const { columns, row } of rowsOf(pending.columns, session, rows.columns.last)) rows.columns.addRecord(columns, row);
    if (rows.rows > this.sessionMaxRows) return false;
    if (shared === null) return true;
    const calls = rows.calls ?? new SessionCalls(session);
    await calls.refresh(readers, rows, shared, pending);
    rows.calls = calls;
    if (depth === 'calls') return true;
    const elsewhere = rows.elsewhere ?? new LinesElsewhere(session);
    await elsewhere.refresh(readers, new Set([...rows.callLines.keys(), ...calls.messages]), shared, pending);
    rows.elsewhere = elsewhere;
    return true;
  }

  private versionsOf(session: number, { versions }: Commits): HeldVersions | null {
    const id = this.names.sessions.at(session)?.id;
    if (id === undefined) return null;
    const version = versions.session(id);
    return { rows: version, calls: version, ledger: versions.lake() };
  }
}

const NOTHING_HELD: HeldVersions = { rows: null, calls: null, ledger: null };

function reaches({ rows, versions }: Held, wanted: HeldVersions, depth: Depth): boolean {
  return versions.rows === wanted.rows && (depth === 'rows' || (versions.calls === wanted.calls && (depth === 'calls' || versions.ledger === ledgerVersion(rows, wanted))));
}

/** A line elsewhere of a call that the session owns changes the session; only calls of others change with the lake. */
function ledgerVersion({ calls }: SessionRows, now: HeldVersions): string | null {
  return calls?.hasForeign === false ? now.rows : now.ledger;
}

/** What is shown of lines elsewhere, the path of a file say, may change while the session does not. */
function tellAlone({ session, calls, elsewhere }: SessionRows, now: HeldVersions, { versions }: Commits): void {
  if (now.rows !== null && calls?.hasForeign === false && elsewhere?.isEmpty === true) versions.sawAlone(session, now.rows);
}

/** Of a session, behind an offset. */
function rowsOf(columns: readonly RecordColumns[], session: number, last: number): { columns: RecordColumns; row: number }[] {
  const rows: { columns: RecordColumns; row: number }[] = [];
  for (const some of columns) {
    for (let row = 0; row < some.rows; row++) if (some.session[row] === session && Number(some.offset[row]) > last) rows.push({ columns: some, row });
  }
  return rows;
}

/** Behind those that are here, one more than are held at most. They come in the order of the table, which is that of their offsets. */
function rowsBehindSql({ session, columns, rows }: SessionRows, before: number, maxRows: number): string {
  return `SELECT ${SESSION_COLUMNS} FROM records WHERE session_ix = ${session} AND lake_offset > ${columns.last} AND lake_offset < ${before} LIMIT ${maxRows + 1 - rows}`;
}
