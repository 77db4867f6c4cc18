// The rows of sessions that were asked about lately, in memory: one is not planned and read anew for every
// question, only for what was committed since. Within a bound of bytes; a session that is too large for
// it is asked of the database. Rows are never changed once they are committed, so what is held is added to.

import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { LRUCache } from 'lru-cache';
import type { Versions } from '../../core/versions.ts';
import type { Directories } from '../commit-rows.ts';
import { hasVersions } from '../queries/newest-version.ts';
import type { Readers } from '../readers.ts';
import { LinesElsewhere } from './lines-elsewhere.ts';
import { SessionCalls } from './session-calls.ts';
import { SESSION_COLUMNS } from './session-columns.ts';
import { SessionRows } from './session-rows.ts';

const MAX_BYTES = 24 * 1024 * 1024;
/** Of one session: some six MiB. */
const SESSION_MAX_ROWS = 30_000;
const TOO_LARGE_MAX = 10_000;

/** How much of a session is asked for. */
const DEPTHS = ['rows', 'calls', 'ledger'] as const;
type Depth = (typeof DEPTHS)[number];

interface HeldVersions {
  version: string;
  /** Of the lake; null where it is not known up to when lines elsewhere are held. */
  lake: string | null;
}

interface Held extends HeldVersions {
  rows: SessionRows;
}

export interface HeldLimits {
  maxBytes: number;
  sessionMaxRows: number;
}

export class HeldSessions {
  private readonly readers: Readers;
  private readonly names: Directories;
  private readonly versions: Pick<Versions, 'session' | 'lake'> | undefined;
  private readonly sessionMaxRows: number;
  private readonly held: LRUCache<number, Held>;
  private readonly tooLarge = new LRUCache<number, true>({ max: TOO_LARGE_MAX });
  private readonly reading = new Map<number, { rows: Promise<SessionRows | null>; depth: Depth }>();

  /** Without versions nothing is held. */
  constructor(readers: Readers, names: Directories, versions?: Pick<Versions, 'session' | 'lake'>, { maxBytes, sessionMaxRows }: HeldLimits = { maxBytes: MAX_BYTES, sessionMaxRows: SESSION_MAX_ROWS }) {
    this.readers = readers;
    this.names = names;
    this.versions = versions;
    this.sessionMaxRows = sessionMaxRows;
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

  private async current(session: number, depth: Depth): Promise<SessionRows | null> {
    const wanted = this.versionsOf(session);
    if (wanted === null) return null;
    const isCurrent = (held: Held, version: HeldVersions): boolean => has(held.rows, depth) && held.version === version.version && (depth !== 'ledger' || held.lake === version.lake);
    for (let waited = 0; ; waited++) {
      if (this.tooLarge.has(session)) return null;
      const held = this.held.get(session);
      if (held !== undefined && isCurrent(held, wanted)) return held.rows;
      // One that is under way may have begun before the last commit; the next one has not.
      const reading = this.reading.get(session);
      if (reading === undefined) return this.start(session, held, depth);
      const rows = await reading.rows.catch(() => null);
      if (waited > 0 && rows !== null && DEPTHS.indexOf(reading.depth) >= DEPTHS.indexOf(depth)) return rows;
    }
  }

  private start(session: number, known: Held | undefined, depth: Depth): Promise<SessionRows | null> {
    const versions = this.versionsOf(session) as HeldVersions;
    const rows = this.read(session, { ...versions, rows: known?.rows ?? new SessionRows(session, hasVersions(this.names, session)) }, depth).finally(() => this.reading.delete(session));
    this.reading.set(session, { rows, depth });
    return rows;
  }

  private async read(session: number, { rows, version, lake }: Held, depth: Depth): Promise<SessionRows | null> {
    const readers = depth === 'ledger' ? this.readers : this.readers.about(session);
    const fits = await readers.use(async (connection) => {
      const added = await readBehind(connection, rows, this.sessionMaxRows);
      if (added === null) return false;
      rows.add(added);
      if (depth !== 'rows' || rows.calls !== null) {
        const calls = rows.calls ?? new SessionCalls(session);
        await calls.refresh(connection, rows.callLines);
        rows.calls = calls;
      }
      if (depth === 'ledger' && rows.calls !== null) {
        const elsewhere = rows.elsewhere ?? new LinesElsewhere(session);
        await elsewhere.refresh(connection, new Set([...rows.callLines.keys(), ...rows.calls.messages]));
        rows.elsewhere = elsewhere;
      }
      return true;
    });
    if (fits) {
      this.held.set(session, { rows, version, lake: depth === 'ledger' ? lake : null });
      return rows;
    }
    this.held.delete(session);
    this.tooLarge.set(session, true);
    return null;
  }

  private versionsOf(session: number): HeldVersions | null {
    const id = this.names.sessions.at(session)?.id;
    return this.versions === undefined || id === undefined ? null : { version: this.versions.session(id), lake: this.versions.lake() };
  }
}

function has({ calls, elsewhere }: SessionRows, depth: Depth): boolean {
  return depth === 'rows' || (calls !== null && (depth === 'calls' || elsewhere !== null));
}

/** Null where the session has more rows than are held. */
async function readBehind(connection: DuckDBConnection, { session, columns }: SessionRows, maxRows: number): Promise<DuckDBDataChunk[] | null> {
  const result = await connection.stream(`SELECT ${SESSION_COLUMNS} FROM records WHERE session_ix = ${session} AND lake_offset > ${columns.last}`);
  const added: DuckDBDataChunk[] = [];
  let count = columns.rows;
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    added.push(chunk);
    count += chunk.rowCount;
    if (count > maxRows) return null;
  }
  return added;
}
