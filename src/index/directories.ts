// Numbers for names: strings, sessions and agents, given out once and for ever. New ones are pending
// until their commit; after a failed commit the whole directory is read again.

import type { DuckDBConnection } from '@duckdb/node-api';
import { readWhole } from './whole-rows.ts';

/** Types, roles, models and tool names. 0 stands for none. */
export class StringDirectory {
  private numbers = new Map<string, number>();
  private values: (string | null)[] = [null];
  pending: { ix: number; value: string }[] = [];

  ixOf(value: string): number {
    const known = this.numbers.get(value);
    if (known !== undefined) return known;
    const ix = this.values.length;
    this.remember(ix, value);
    this.pending.push({ ix, value });
    return ix;
  }

  find(value: string): number | undefined {
    return this.numbers.get(value);
  }

  valueOf(ix: number): string | null {
    return this.values[ix] ?? null;
  }

  /** By number. It grows in place; another array stands for a directory that was read again. */
  get all(): readonly (string | null)[] {
    return this.values;
  }

  async load(connection: DuckDBConnection): Promise<void> {
    this.numbers = new Map();
    this.values = [null];
    this.pending = [];
    const rows = await readWhole(connection, { from: 'strings', by: 'string_ix', texts: { value: 'value' }, numbers: { ix: 'string_ix' } });
    for (const { ix, value } of rows) this.remember(ix, value);
  }

  private remember(ix: number, value: string): void {
    this.numbers.set(value, ix);
    this.values[ix] = value;
  }
}

const SESSIONS = { from: 'sessions', by: 'session_ix', texts: { id: 'id', source: 'source', project: 'project', place: 'owner_place' }, numbers: { ix: 'session_ix', main: 'owner_main' } };

export interface SessionName {
  ix: number;
  /** The outside's name: the agent's own id, with the source after it where two sources use the same. */
  id: string;
  source: string;
  project: string;
  owner: Owner;
}

/** The file whose project is the session's: one of its main thread before those of its subagents, then by where they lie. */
interface Owner {
  main: boolean;
  place: string;
}

/** Of a session that no file has a row of yet. */
const NOBODY: Owner = { main: false, place: '' };

export class SessionDirectory {
  private byKey = new Map<string, SessionName>();
  private ids = new Map<string, number>();
  private byIx: (SessionName | undefined)[] = [];
  /** Those that any session is of. */
  readonly sources = new Set<string>();
  /** How often a session came to another project. */
  removals = 0;
  /** The highest number that is stored. */
  private stored = 0;
  pending: SessionName[] = [];
  /** Of those that are stored, the ones that came to another owner or project since. */
  moved = new Set<SessionName>();

  known(source: string, nativeId: string): SessionName | undefined {
    return this.byKey.get(`${source}\n${nativeId}`);
  }

  /** The session a file's line names; made in the file's project when it is new. */
  find(source: string, nativeId: string, project: string): SessionName {
    const known = this.known(source, nativeId);
    if (known !== undefined) return known;
    const key = `${source}\n${nativeId}`;
    const id = this.ids.has(nativeId) ? `${nativeId}~${source}` : nativeId;
    const session = { ix: Math.max(1, this.byIx.length), id, source, project, owner: NOBODY };
    this.remember(session, key);
    this.pending.push(session);
    return session;
  }

  /** A file has rows of the session, and a project. In whatever order files come, the same one's counts in the end. */
  claim(session: SessionName, by: Owner, project: string): void {
    const { owner } = session;
    const isOwner = by.place === owner.place;
    const main = by.main || (isOwner && owner.main);
    if (!isOwner && owner !== NOBODY && (owner.main === main ? owner.place < by.place : owner.main)) return;
    if (isOwner && owner.main === main && session.project === project) return;
    if (owner !== NOBODY && session.project !== project) this.removals += 1;
    session.owner = { main, place: by.place };
    session.project = project;
    if (session.ix <= this.stored) this.moved.add(session);
  }

  at(ix: number): SessionName | undefined {
    return this.byIx[ix];
  }

  get count(): number {
    return Math.max(0, this.byIx.length - 1);
  }

  ixOfId(id: string): number | undefined {
    return this.ids.get(id);
  }

  async load(connection: DuckDBConnection): Promise<void> {
    this.byKey = new Map();
    this.ids = new Map();
    this.byIx = [];
    this.sources.clear();
    this.settle();
    for (const { ix, id, source, project, main, place } of await readWhole(connection, SESSIONS)) {
      this.remember({ ix, id, source, project, owner: { main: main === 1, place } }, `${source}\n${nativeIdOf({ id, source })}`);
    }
    this.stored = this.count;
  }

  /** All that is here is stored. */
  settle(): void {
    this.pending = [];
    this.moved = new Set();
    this.stored = this.count;
  }

  private remember(session: SessionName, key: string): void {
    this.byKey.set(key, session);
    this.ids.set(session.id, session.ix);
    this.byIx[session.ix] = session;
    this.sources.add(session.source);
  }
}

/** The agent's own id of a session. */
export function nativeIdOf({ id, source }: Pick<SessionName, 'id' | 'source'>): string {
  const suffix = `~${source}`;
  return id.endsWith(suffix) ? id.slice(0, -suffix.length) : id;
}

/** Subagents, by session. 0 is the main thread. */
export class AgentDirectory {
  private numbers = new Map<string, number>();
  private ids: (string | null)[] = [null];
  private sessions = new Set<number>();
  pending: { ix: number; sessionIx: number; id: string }[] = [];

  ixOf(sessionIx: number, id: string): number {
    const key = `${sessionIx}\n${id}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const ix = this.ids.length;
    this.remember(ix, sessionIx, id);
    this.pending.push({ ix, sessionIx, id });
    return ix;
  }

  idOf(ix: number): string | null {
    return this.ids[ix] ?? null;
  }

  find(sessionIx: number, id: string): number | undefined {
    return this.numbers.get(`${sessionIx}\n${id}`);
  }

  /** Whether the session has any. */
  has(sessionIx: number): boolean {
    return this.sessions.has(sessionIx);
  }

  /** Agents of this name in any session. */
  withId(id: string): number[] {
    return this.ids.flatMap((other, ix) => (other === id ? [ix] : []));
  }

  async load(connection: DuckDBConnection): Promise<void> {
    this.numbers = new Map();
    this.ids = [null];
    this.sessions = new Set();
    this.pending = [];
    const rows = await readWhole(connection, { from: 'agents', by: 'agent_ix', texts: { id: 'id' }, numbers: { ix: 'agent_ix', session: 'session_ix' } });
    for (const { ix, session, id } of rows) this.remember(ix, session, id);
  }

  private remember(ix: number, sessionIx: number, id: string): void {
    this.numbers.set(`${sessionIx}\n${id}`, ix);
    this.sessions.add(sessionIx);
    this.ids[ix] = id;
  }
}
