// The rows of sessions that were asked about lately, in memory: one is not planned and read anew for every
// question, only for what was committed since. Within a bound of bytes; a session that is too large for
// it is asked of the database. Rows are never changed once they are committed, so what is held is added to.

import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { LRUCache } from 'lru-cache';
import type { Versions } from '../../core/versions.ts';
import type { Directories } from '../commit-rows.ts';
import { hasVersions } from '../queries/newest-version.ts';
import type { Readers } from '../readers.ts';
import { SessionCalls } from './session-calls.ts';
import { SESSION_COLUMNS } from './session-columns.ts';
import { SessionRows } from './session-rows.ts';

const MAX_BYTES = 24 * 1024 * 1024;
/** Of one session: some six MiB. */
const SESSION_MAX_ROWS = 30_000;
const TOO_LARGE_MAX = 10_000;

interface Held {
  version: string;
  rows: SessionRows;
}

export interface HeldLimits {
  maxBytes: number;
  sessionMaxRows: number;
}

export class HeldSessions {
  private readonly readers: Readers;
  private readonly names: Directories;
  private readonly versions: Pick<Versions, 'session'> | undefined;
  private readonly sessionMaxRows: number;
  private readonly held: LRUCache<number, Held>;
  private readonly tooLarge = new LRUCache<number, true>({ max: TOO_LARGE_MAX });
  private readonly reading = new Map<number, Promise<SessionRows | null>>();

  /** Without versions nothing is held. */
  constructor(readers: Readers, names: Directories, versions?: Pick<Versions, 'session'>, { maxBytes, sessionMaxRows }: HeldLimits = { maxBytes: MAX_BYTES, sessionMaxRows: SESSION_MAX_ROWS }) {
    this.readers = readers;
    this.names = names;
    this.versions = versions;
    this.sessionMaxRows = sessionMaxRows;
    this.held = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ rows }) => rows.bytes + 1 });
  }

  /** The session with all that was committed before; null where the database has to be asked. */
  async of(session: number): Promise<SessionRows | null> {
    return this.current(session, false);
  }

  /** The same, with its calls. */
  async withCalls(session: number): Promise<{ held: SessionRows; calls: SessionCalls } | null> {
    const held = await this.current(session, true);
    return held === null || held.calls === null ? null : { held, calls: held.calls };
  }

  private async current(session: number, withCalls: boolean): Promise<SessionRows | null> {
    const id = this.names.sessions.at(session)?.id;
    if (this.versions === undefined || id === undefined) return null;
    const version = this.versions.session(id);
    const has = (rows: SessionRows): boolean => !withCalls || rows.calls !== null;
    for (let waited = 0; ; waited++) {
      if (this.tooLarge.has(session)) return null;
      const held = this.held.get(session);
      if (held?.version === version && has(held.rows)) return held.rows;
      // One that is under way may have begun before the last commit; the next one has not.
      const reading = this.reading.get(session);
      if (reading === undefined) return this.start(session, this.versions.session(id), held?.rows, withCalls);
      const rows = await reading.catch(() => null);
      if (waited > 0 && rows !== null && has(rows)) return rows;
    }
  }

  private start(session: number, version: string, known: SessionRows | undefined, withCalls: boolean): Promise<SessionRows | null> {
    const reading = this.read(session, version, known ?? new SessionRows(session, hasVersions(this.names, session)), withCalls).finally(() => this.reading.delete(session));
    this.reading.set(session, reading);
    return reading;
  }

  private async read(session: number, version: string, rows: SessionRows, withCalls: boolean): Promise<SessionRows | null> {
    const fits = await this.readers.about(session).use(async (connection) => {
      const added = await readBehind(connection, rows, this.sessionMaxRows);
      if (added === null) return false;
      rows.add(added);
      if (withCalls || rows.calls !== null) {
        const calls = rows.calls ?? new SessionCalls(session);
        await calls.refresh(connection, rows.callLines);
        rows.calls = calls;
      }
      return true;
    });
    if (fits) {
      this.held.set(session, { version, rows });
      return rows;
    }
    this.held.delete(session);
    this.tooLarge.set(session, true);
    return null;
  }
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
