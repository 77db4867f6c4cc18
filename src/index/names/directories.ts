// Numbers for names: strings, sessions and agents, given out once and for ever. New ones are pending
// until their commit; after a failed commit the whole directory is read again.

import type { DuckDBConnection } from '@duckdb/node-api';
import { Columns, withRow } from '../../core/columns/columns.ts';
import { RowIndex, rowHash } from '../../core/columns/row-index.ts';
import { SharedTexts } from '../../core/columns/shared-texts.ts';
import { TextRows } from '../../core/columns/text-rows.ts';
import { NamedSession } from './session-name.ts';
import type { Owner, SessionName } from './session-name.ts';
import { readWhole, takeWhole } from '../store/whole-rows.ts';

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

/** `idHash`: to find agents of one name in all sessions. */
const AGENT_COLUMNS = { session: Int32Array, idHash: Uint32Array } as const;
const SESSION_COLUMNS = { known: Uint8Array, source: Uint32Array, project: Uint32Array, main: Uint8Array } as const;

/** Of a session that no file has a row of yet: no file lies nowhere. */
const NOWHERE = '';

export class SessionDirectory {
  private columns = new Columns(SESSION_COLUMNS);
  private readonly texts = new SharedTexts();
  private ids = new TextRows();
  private places = new TextRows();
  /** By source and the agent's own id, and by the outside's name. */
  private byKey = new RowIndex();
  private byId = new RowIndex();
  private last = 0;
  /** Those that any session is of. */
  readonly sources = new Set<string>();
  /** How often a session came to another project. */
  removals = 0;
  /** The highest number that is stored. */
  private stored = 0;
  pending: SessionName[] = [];
  /** Of those that are stored, the ones that came to another owner or project since. */
  private readonly movedOnes = new Set<number>();

  known(source: string, nativeId: string): SessionName | undefined {
    const ix = this.byKey.find(rowHash(source, nativeId), (row) => this.sourceOf(row) === source && nativeIdOf({ id: this.idOf(row), source }) === nativeId);
    return ix === 0 ? undefined : new NamedSession(this, ix);
  }

  /** The session a file's line names; made in the file's project when it is new. */
  find(source: string, nativeId: string, project: string): SessionName {
    const known = this.known(source, nativeId);
    if (known !== undefined) return known;
    const id = this.ixOfId(nativeId) === undefined ? nativeId : `${nativeId}~${source}`;
    const session = this.remember({ ix: this.last + 1, id, source, project, owner: { main: false, place: NOWHERE } }, nativeId);
    this.pending.push(session);
    return session;
  }

  /** A file has rows of the session, and a project. In whatever order files come, the same one's counts in the end. */
  claim({ ix, owner, project: before }: SessionName, by: Owner, project: string): void {
    const isOwner = by.place === owner.place;
    const main = by.main || (isOwner && owner.main);
    if (!isOwner && owner.place !== NOWHERE && (owner.main === main ? owner.place < by.place : owner.main)) return;
    if (isOwner && owner.main === main && before === project) return;
    if (owner.place !== NOWHERE && before !== project) this.removals += 1;
    this.setOwner(ix, { main, place: by.place }, project);
    if (ix <= this.stored) this.movedOnes.add(ix);
  }

  at(ix: number): SessionName | undefined {
    return this.columns.of.known[ix] === 1 ? new NamedSession(this, ix) : undefined;
  }

  get moved(): SessionName[] {
    return Array.from(this.movedOnes, (ix) => new NamedSession(this, ix));
  }

  get count(): number {
    return this.last;
  }

  ixOfId(id: string): number | undefined {
    return this.byId.find(rowHash(id), (row) => this.idOf(row) === id) || undefined;
  }

  async load(connection: DuckDBConnection): Promise<void> {
    this.columns = new Columns(SESSION_COLUMNS);
    this.ids = new TextRows();
    this.places = new TextRows();
    this.byKey = new RowIndex();
    this.byId = new RowIndex();
    this.last = 0;
    this.sources.clear();
    this.settle();
    await takeWhole(connection, SESSIONS, ({ main, place, ...session }) => void this.remember({ ...session, owner: { main: main === 1, place } }, nativeIdOf(session)));
    this.stored = this.count;
  }

  /** All that is here is stored. */
  settle(): void {
    this.pending = [];
    this.movedOnes.clear();
    this.stored = this.count;
  }

  idOf(ix: number): string {
    return this.ids.at(ix);
  }

  sourceOf(ix: number): string {
    return this.texts.at(this.columns.of.source[ix] as number);
  }

  projectOf(ix: number): string {
    return this.texts.at(this.columns.of.project[ix] as number);
  }

  ownerOf(ix: number): Owner {
    return { main: this.columns.of.main[ix] === 1, place: this.places.at(ix) };
  }

  private remember({ ix, id, source, project, owner }: SessionName, nativeId: string): SessionName {
    this.columns.reserve(ix);
    this.last = Math.max(this.last, ix);
    const { of } = this.columns;
    of.known[ix] = 1;
    of.source[ix] = this.texts.numberOf(source);
    this.ids.set(ix, id);
    this.byKey.add(rowHash(source, nativeId), ix);
    this.byId.add(rowHash(id), ix);
    this.sources.add(this.sourceOf(ix));
    this.setOwner(ix, owner, project);
    return new NamedSession(this, ix);
  }

  private setOwner(ix: number, { main, place }: Owner, project: string): void {
    this.columns.of.main[ix] = Number(main);
    this.columns.of.project[ix] = this.texts.numberOf(project);
    this.places.set(ix, place);
  }
}

/** The agent's own id of a session. */
export function nativeIdOf({ id, source }: Pick<SessionName, 'id' | 'source'>): string {
  const suffix = `~${source}`;
  return id.endsWith(suffix) ? id.slice(0, -suffix.length) : id;
}

/** Subagents, by session. 0 is the main thread. */
export class AgentDirectory {
  private ids = new TextRows();
  private columns = new Columns(AGENT_COLUMNS);
  private index = new RowIndex();
  /** By session: 1 where it has any. */
  private sessions = new Uint8Array();
  private last = 0;
  pending: { ix: number; sessionIx: number; id: string }[] = [];

  ixOf(sessionIx: number, id: string): number {
    const known = this.find(sessionIx, id);
    if (known !== undefined) return known;
    const ix = this.last + 1;
    this.remember(ix, sessionIx, id);
    this.pending.push({ ix, sessionIx, id });
    return ix;
  }

  idOf(ix: number): string | null {
    return ix > 0 && ix <= this.last ? this.ids.at(ix) : null;
  }

  find(sessionIx: number, id: string): number | undefined {
    return this.index.find(rowHash(String(sessionIx), id), (row) => this.columns.of.session[row] === sessionIx && this.ids.at(row) === id) || undefined;
  }

  /** Whether the session has any. */
  has(sessionIx: number): boolean {
    return this.sessions[sessionIx] === 1;
  }

  /** Agents of this name in any session. */
  withId(id: string): number[] {
    const { idHash } = this.columns.of;
    const [hash, found]: [number, number[]] = [rowHash(id), []];
    for (let ix = 1; ix <= this.last; ix++) if (idHash[ix] === hash && this.ids.at(ix) === id) found.push(ix);
    return found;
  }

  async load(connection: DuckDBConnection): Promise<void> {
    this.ids = new TextRows();
    this.columns = new Columns(AGENT_COLUMNS);
    this.index = new RowIndex();
    this.sessions = new Uint8Array();
    this.last = 0;
    this.pending = [];
    await takeWhole(connection, { from: 'agents', by: 'agent_ix', texts: { id: 'id' }, numbers: { ix: 'agent_ix', session: 'session_ix' } }, ({ ix, session, id }) => this.remember(ix, session, id));
  }

  private remember(ix: number, sessionIx: number, id: string): void {
    this.last = Math.max(this.last, ix);
    this.columns.reserve(ix);
    this.columns.of.session[ix] = sessionIx;
    this.columns.of.idHash[ix] = rowHash(id);
    this.ids.set(ix, id);
    this.index.add(rowHash(String(sessionIx), id), ix);
    this.sessions = withRow(this.sessions, sessionIx);
    this.sessions[sessionIx] = 1;
  }
}

/** All names of the lake. */
export interface Directories {
  strings: StringDirectory;
  sessions: SessionDirectory;
  agents: AgentDirectory;
}
