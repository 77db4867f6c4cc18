// From the operations of one commit to the rows that it adds. Resolving names, here, and folding (commit-fold.ts) need no
// database; what must be read first (ids already seen, calls already known) is read between the two
// steps by the writer. After a failed commit the object and all it touched are thrown away.

import type { CommitOp, SegmentOp } from '../../core/commit-op.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { CallFact, Fact, ScanBatch } from '../../core/scan-batch.ts';
import type { Sidecar } from '../../core/sidecar.ts';
import { wellFormed } from '../../core/bytes/well-formed.ts';
import type { Beginnings, CommitChange } from '../follow/commit-changes.ts';
import { NOTHING_CHANGED } from '../calls/call-ledger.ts';
import type { CallChanges, CallLedger } from '../calls/call-ledger.ts';
import type { CallLine } from '../calls/call-line.ts';
import { CommitGroup } from './commit-group.ts';
import type { Directories } from '../names/directories.ts';
import type { SessionName } from '../names/session-name.ts';
import { memo, memo2 } from '../names/memo.ts';
import { RecordColumns, wholeMs } from '../rows/record-columns.ts';
import { fileSessionKey } from './stored-state.ts';

export interface PlacedSegment {
  op: SegmentOp;
  /** Rows of this segment in the record columns. */
  firstRow: number;
}

export class CommitRows {
  readonly records: RecordColumns;
  /** Calls that have no record of their own. */
  readonly moreCalls: { message: bigint; line: CallLine }[] = [];
  readonly segments: PlacedSegment[] = [];
  readonly files: FileEntry[];
  /** Sessions it changes beside those of its files: of which something is told, or whose calls turn out to be another's. */
  readonly moreSessions = new Set<number>();
  /** Sessions with subagents that are new, or of whose beginning something is told. */
  private readonly linking = new Set<number>();
  private readonly newAgents: { agent: number; session: number }[] = [];
  top: number;
  /** What it adds to the tables. */
  readonly group = new CommitGroup();
  /** What it changes of calls; once it is folded. */
  callChanges: CallChanges = NOTHING_CHANGED;
  private readonly directories: Directories;

  constructor(ops: readonly CommitOp[], top: number, directories: Directories) {
    this.directories = directories;
    this.top = top;
    this.files = ops.flatMap((op) => (op.kind === 'sidecar' ? [] : [op.file]));
    this.records = new RecordColumns(ops.reduce((rows, op) => rows + (op.kind === 'segment' ? op.scan.rows : 0), 0));
    this.group.records.push(this.records);
    for (const op of ops) {
      if (op.kind === 'sidecar') this.addSidecar(op.sidecar);
      else {
        this.group.files.set(op.file.fileIx, op.file);
        if (op.kind === 'segment') this.place(op);
      }
    }
  }

  private addSidecar(sidecar: Sidecar): void {
    this.group.addSidecar(sidecar);
    const session = this.directories.sessions.known(sidecar.source, sidecar.session);
    if (session === undefined) return;
    this.moreSessions.add(session.ix);
    this.linking.add(session.ix);
  }

  /** Whether any line may have been appended while the daemon watched. */
  get mayBeLive(): boolean {
    return this.segments.some(({ op }) => op.liveFrom < op.firstByte + op.scan.bytes);
  }

  /** As commit `seq`; once it is folded. */
  change(seq: number): CommitChange {
    const { group, files, top, moreSessions, linking, callChanges } = this;
    return {
      seq, top, files, sessions: [...moreSessions], linking: [...linking], beginnings: this.beginnings, fileSessions: [...group.fileSessions.values()], activity: [...group.sums.activity.values()], tools: [...group.sums.tools.values()],
      titles: [...group.facts.titles.values()], cwds: [...group.facts.cwds.values()], calls: callChanges, rejects: group.rejects, oddities: group.oddities,
    };
  }

  private get beginnings(): Beginnings {
    const { newAgents: agents, group: { facts: { origins, links, tasks }, sidecars } } = this;
    return { agents, origins, links: [...links.values()], tasks, sidecars: [...sidecars.values()] };
  }

  /** Sessions whose ids, and calls whose usage, must be at hand before `fold`. */
  touchedSessions(): Set<number> {
    const touched = new Set<number>();
    let last = 0;
    for (const session of this.records.session) {
      // Lines of one mostly follow one another.
      if (session !== last) touched.add(session);
      last = session;
    }
    return touched;
  }

  /** Those that exist. */
  touchedCalls(calls: CallLedger): Set<bigint> {
    const { callMessage, callWords, flags, rows } = this.records;
    const known = new Set<bigint>();
    for (let row = 0; row < rows; row++) {
      if (((flags[row] as number) & FLAG.counted) !== 0 && calls.isKnown(callWords[row * 2 + 1] as number, callWords[row * 2] as number)) known.add(callMessage[row] as bigint);
    }
    for (const { message } of this.moreCalls) if (calls.isKnown(Number(message >> 32n), Number(message & 0xffffffffn))) known.add(message);
    return known;
  }

  private place(op: SegmentOp): void {
    const { scan, file } = op;
    const { strings, sessions } = this.directories;
    const firstRow = this.records.addSegment(scan, file.fileIx);
    const sessionOf = memo((code) => this.sessionAt(op, scan.strings[code] as string));
    const stringOf = memo((code) => strings.ixOf(scan.strings[code] as string));
    const agentOf = memo2((session, code) => this.agentAt(session, scan.strings[code] as string));
    let nextReject = 0;
    const placeRejects = (before: number): void => {
      for (let reject = scan.rejects[nextReject]; reject !== undefined && reject.rowsBefore <= before; reject = scan.rejects[++nextReject]) {
        const sessionIx = sessionOf(reject.session).ix;
        this.group.rejects.push({ ...reject, offset: ++this.top, fileIx: file.fileIx, sessionIx });
        this.group.sums.activityOf(sessionIx, 0).bytes += reject.byteLength + 1;
      }
    };
    for (let row = 0; row < scan.rows; row++) {
      placeRejects(row);
      const to = firstRow + row;
      this.records.setOffset(to, ++this.top);
      const session = sessionOf(scan.session[row] as number).ix;
      const agent = scan.agent[row] as number;
      this.records.session[to] = session;
      this.records.agent[to] = agent === -1 ? 0 : agentOf(session, agent);
      this.records.type[to] = numberOf(scan.type[row] as number, stringOf);
      this.records.role[to] = numberOf(scan.role[row] as number, stringOf);
      this.records.model[to] = numberOf(scan.model[row] as number, stringOf);
      if ((scan.byteOffset[row] as number) >= op.liveFrom) this.records.flags[to] = (this.records.flags[to] as number) | FLAG.live;
    }
    placeRejects(scan.rows);
    this.segments.push({ op, firstRow });
    for (const [row, reasons] of scan.oddities) {
      const [line, byteOffset, byteLength] = [scan.line[row] as number, scan.byteOffset[row] as number, scan.byteLength[row] as number];
      const place = { offset: Number(this.records.offset[firstRow + row]), fileIx: file.fileIx, sessionIx: this.records.session[firstRow + row] as number, line, byteOffset, byteLength };
      for (const reason of reasons) this.group.oddities.push({ ...place, reason });
    }
    for (const fact of scan.facts) {
      const session = sessions.find(file.source, fact.session, file.project).ix;
      this.moreSessions.add(session);
      if (fact.kind === 'call') this.addMoreCall(fact, session, file.fingerprint.birthMs);
      else this.addFact(fact, session);
    }
  }

  private sessionAt(op: SegmentOp, nativeId: string): SessionName {
    const { file } = op;
    const session = this.directories.sessions.find(file.source, nativeId, file.project);
    this.group.fileSessions.set(fileSessionKey(file.fileIx, session.ix), { file: file.fileIx, session: session.ix });
    const place = `${file.root}/${file.path}`;
    // Asked only where it may matter: most files come to a session that is theirs already.
    if (session.owner.place !== place || !session.owner.main || session.project !== file.project) {
      this.directories.sessions.claim(session, { main: hasMainThread(op.scan, nativeId), place }, file.project);
    }
    return session;
  }

  private agentAt(session: number, id: string): number {
    const { agents } = this.directories;
    const known = agents.find(session, id);
    if (known !== undefined) return known;
    this.linking.add(session);
    const agent = agents.ixOf(session, id);
    this.newAgents.push({ agent, session });
    return agent;
  }

  private addFact(fact: Exclude<Fact, CallFact>, session: number): void {
    const { facts } = this.group;
    const agentIx = (agent: string | null): number => (agent === null ? 0 : this.agentAt(session, agent));
    if (fact.kind === 'link' || fact.kind === 'task' || fact.kind === 'agent') this.linking.add(session);
    switch (fact.kind) {
      case 'title':
        facts.addTitle({ ...fact, title: wellFormed(fact.title), session });
        break;
      case 'cwd':
        facts.addCwd({ ...fact, cwd: wellFormed(fact.cwd), session });
        break;
      case 'link':
        facts.addLink({ ...fact, toolUseId: wellFormed(fact.toolUseId), agent: agentIx(fact.agent), parent: agentIx(fact.parentAgent) });
        break;
      case 'task':
        facts.tasks.push({ ...fact, toolUseId: wellFormed(fact.toolUseId), agentType: textOf(fact.agentType), description: textOf(fact.description), run: textOf(fact.run), session, agent: agentIx(fact.agent) });
        break;
      case 'agent':
        facts.origins.push({ ...fact, run: textOf(fact.run), agent: agentIx(fact.agent) });
        break;
    }
  }

  private addMoreCall(fact: CallFact, session: number, birthMs: number): void {
    const [input, output, cacheCreation, cacheRead, cacheCreation1h] = fact.usage;
    const agent = fact.agent === null ? 0 : this.agentAt(session, fact.agent);
    this.moreCalls.push({
      message: fact.message,
      line: {
        session, agent, sidechain: agent !== 0, ms: wholeMs(fact.ts), birthMs: Math.trunc(birthMs), model: this.directories.strings.ixOf(fact.model), tier: 0,
        usage: { input, output, cacheCreation, cacheRead, cacheCreation1h, webSearches: 0 },
      },
    });
  }

}

/** Whether any of a session's rows in the segment is of its main thread. */
function hasMainThread(scan: ScanBatch, nativeId: string): boolean {
  const code = scan.strings.indexOf(nativeId);
  for (let row = 0; row < scan.rows; row++) if (scan.agent[row] === -1 && scan.session[row] === code) return true;
  return false;
}

function textOf(text: string | null): string | null {
  return text === null ? null : wellFormed(text);
}

function numberOf(code: number, ixOf: (code: number) => number): number {
  return code === -1 ? 0 : ixOf(code);
}
