// What is known of each session, by its number, in columns, kept up to date by what commits change.

import { Columns } from '../../core/columns/columns.ts';
import { SharedTexts } from '../../core/columns/shared-texts.ts';
import { TextRows } from '../../core/columns/text-rows.ts';
import { compareTold } from '../../core/told.ts';
import { countsBefore } from '../rows/gathered-facts.ts';
import type { CwdRow, TitleRow } from '../rows/gathered-facts.ts';
import { AgentRows, earlier } from './agent-rows.ts';
import type { Activity } from './agent-rows.ts';
import type { FileMarks, FilesFacts } from './file-marks.ts';
import type { AgentFacts, Told } from './session-facts.ts';

/** `titleRank`, `cwd`: one more than what they are, 0 for none. `records` to `errors`: of the main thread. `agents`: where the chain of
 * those begins that it has lines of; one that was only heard of (a fork repeats its parent's tool results) is none of this session's. */
const SHAPE = {
  known: Uint8Array, writtenAt: Float64Array, bytes: Float64Array, firstMs: Float64Array, lastMs: Float64Array, records: Int32Array, messages: Int32Array, toolCalls: Int32Array, errors: Int32Array, agents: Int32Array,
  titleRank: Uint8Array, titleAt: Float64Array, titleLine: Float64Array,
  cwd: Uint32Array, cwdAt: Float64Array, cwdLine: Float64Array, lastCwd: Uint32Array, lastCwdAt: Float64Array, lastCwdLine: Float64Array,
  areFilesKnown: Uint8Array, files: Uint32Array, offsetBytes: Float64Array, archivedBytes: Float64Array, modifiedMs: Float64Array, gone: Uint8Array,
} as const;

type Cwds = Readonly<Record<'first' | 'last', CwdRow>>;

export class SessionTable {
  /** The highest number of a session. */
  last = 0;
  private readonly columns = new Columns(SHAPE);
  private readonly titles = new TextRows();
  private readonly folders = new SharedTexts();
  private readonly agents = new AgentRows();

  /** Good until another session begins. */
  get of(): Columns<typeof SHAPE>['of'] {
    return this.columns.of;
  }

  has(session: number): boolean {
    return this.of.known[session] === 1;
  }

  /** False where it is there already. */
  begin(session: number): boolean {
    if (this.has(session)) return false;
    this.columns.reserve(session);
    this.last = Math.max(this.last, session);
    this.of.known[session] = 1;
    this.of.firstMs[session] = -1;
    this.of.lastMs[session] = -1;
    return true;
  }

  addActivity(session: number, agent: number, delta: Activity): void {
    const { of } = this;
    of.bytes[session] = (of.bytes[session] as number) + delta.bytes;
    of.firstMs[session] = earlier(of.firstMs[session] as number, delta.firstMs);
    of.lastMs[session] = Math.max(of.lastMs[session] as number, delta.lastMs);
    if (agent > 0) of.agents[session] = this.agents.add(of.agents[session] as number, agent, delta);
    if (agent !== 0) return;
    of.records[session] = (of.records[session] as number) + delta.records;
    of.messages[session] = (of.messages[session] as number) + delta.messages;
    of.toolCalls[session] = (of.toolCalls[session] as number) + delta.toolCalls;
    of.errors[session] = (of.errors[session] as number) + delta.errors;
  }

  addTitle(title: TitleRow): void {
    const { session, rank, at, line } = title;
    const known = this.titleRowOf(session);
    if (known !== null && (rank < known.rank || (rank === known.rank && !countsBefore(title, known)))) return;
    const { of } = this;
    of.titleRank[session] = rank + 1;
    of.titleAt[session] = at;
    of.titleLine[session] = line;
    this.titles.set(session, title.title);
  }

  addCwds({ first, last }: Cwds): void {
    const { session } = first;
    const known = this.cwdsOf(session);
    const { of, folders } = this;
    if (known === null || isEarlier(first, known.first)) [of.cwd[session], of.cwdAt[session], of.cwdLine[session]] = [folders.numberOf(first.cwd) + 1, first.at, first.line];
    if (known === null || isEarlier(known.last, last)) [of.lastCwd[session], of.lastCwdAt[session], of.lastCwdLine[session]] = [folders.numberOf(last.cwd) + 1, last.at, last.line];
  }

  titleOf(session: number): string | null {
    return this.of.titleRank[session] === 0 ? null : this.titles.at(session);
  }

  cwdOf(session: number): string | null {
    return this.folderOf(this.of.cwd[session] as number);
  }

  lastCwdOf(session: number): Told | null {
    const cwd = this.folderOf(this.of.lastCwd[session] as number);
    return cwd === null ? null : { cwd, atMs: this.of.lastCwdAt[session] as number, line: this.of.lastCwdLine[session] as number };
  }

  agentsOf(session: number): AgentFacts[] {
    return this.agents.of(this.of.agents[session] as number);
  }

  /** What its files come to, added up where something changed since. */
  filesOf(session: number, marks: FileMarks): FilesFacts {
    const { of } = this;
    if (of.areFilesKnown[session] === 0) this.setFiles(session, marks.of(session));
    const modifiedMs = of.modifiedMs[session] as number;
    return {
      files: of.files[session] as number, offsetBytes: of.offsetBytes[session] as number, archivedBytes: of.archivedBytes[session] as number,
      modifiedMs: Number.isNaN(modifiedMs) ? null : modifiedMs, gone: of.gone[session] === 1,
    };
  }

  /** Something of its files is another one. */
  forgetFiles(session: number): void {
    this.of.areFilesKnown[session] = 0;
  }

  private setFiles(session: number, { files, offsetBytes, archivedBytes, modifiedMs, gone }: FilesFacts): void {
    const { of } = this;
    of.areFilesKnown[session] = 1;
    of.files[session] = files;
    of.offsetBytes[session] = offsetBytes;
    of.archivedBytes[session] = archivedBytes;
    of.modifiedMs[session] = modifiedMs ?? Number.NaN;
    of.gone[session] = Number(gone);
  }

  private titleRowOf(session: number): TitleRow | null {
    const { of } = this;
    const title = this.titleOf(session);
    return title === null ? null : { session, title, rank: (of.titleRank[session] as number) - 1, at: of.titleAt[session] as number, line: of.titleLine[session] as number };
  }

  private cwdsOf(session: number): Cwds | null {
    const { of } = this;
    const [cwd, last] = [this.cwdOf(session), this.lastCwdOf(session)];
    if (cwd === null || last === null) return null;
    return { first: { session, cwd, at: of.cwdAt[session] as number, line: of.cwdLine[session] as number }, last: { session, cwd: last.cwd, at: last.atMs, line: last.line } };
  }

  private folderOf(number: number): string | null {
    return number === 0 ? null : this.folders.at(number - 1);
  }
}

function isEarlier(a: CwdRow, b: CwdRow): boolean {
  return compareTold(a, b, [a.cwd, b.cwd]) < 0;
}
