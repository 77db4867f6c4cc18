// All questions, answered from the index, with content from the source files or the archive.

import type { AgentItem } from '../core/answers/agent-item.ts';
import type { AggregateAnswer } from '../core/answers/aggregate-answer.ts';
import type { ArchivePartItem } from '../core/answers/archive-part-item.ts';
import type { SourceFiles } from '../core/archive-port.ts';
import type { BlocksAnswer } from '../core/answers/block-item.ts';
import type { FileItem } from '../core/answers/file-item.ts';
import type { ArchiveStatus } from '../core/answers/lake-status.ts';
import type { LedgerPage } from '../core/answers/ledger-page.ts';
import type { DimensionAnswer, DimensionRequest, MeasureRequest } from '../core/answers/measures.ts';
import type { Page } from '../core/answers/page.ts';
import type { PriceBook } from '../core/price-book.ts';
import type { PricesAnswer } from '../core/answers/prices-answer.ts';
import type { ProjectItem } from '../core/answers/project-item.ts';
import type { AggregateRequest, ArchiveFilter, BlocksRequest, EventRequest, FileFilter, LineChunk, MessageRequest, PageRequest, Questions, RejectFilter, SeriesRequest, SessionFilter, SessionSort } from '../core/answers/questions.ts';
import type { Content, LakeRecord, RecordQuery } from '../core/answers/record.ts';
import type { RejectPage } from '../core/answers/reject-item.ts';
import type { SearchPage, SearchRequest } from '../core/answers/search.ts';
import type { SeriesAnswer } from '../core/answers/series.ts';
import type { SessionItem } from '../core/answers/session-item.ts';
import type { SessionTree } from '../core/answers/session-tree.ts';
import type { Versions } from '../core/answers/versions.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import type { CommitChanges } from './follow/commit-changes.ts';
import { Followed } from './follow/followed.ts';
import { SessionBook } from './book/session-book.ts';
import { AbsentLines } from './lines/absent-lines.ts';
import { ArchivedLines } from './lines/archived-lines.ts';
import type { Directories } from './names/directories.ts';
import { HeldSessions } from './held/held-sessions.ts';
import { LineBytes } from './lines/line-bytes.ts';
import { lineChunks } from './lines/line-stream.ts';
import type { LineParts } from './lines/line-stream.ts';
import { agentTrees, listAgents } from './queries/agents.ts';
import { aggregate } from './queries/aggregate.ts';
import { aggregateText } from './queries/aggregate-text.ts';
import { usageBlocks } from './queries/blocks.ts';
import { Events } from './queries/events.ts';
import { FileBook } from './files/file-book.ts';
import type { PartTable } from './parts/part-table.ts';
import { readPartTable } from './parts/read-parts.ts';
import { listFiles, readArchiveStatus, readTotals } from './queries/files.ts';
import type { FileParts } from './queries/files.ts';
import { sessionLedger } from './queries/ledger.ts';
import { listMessages } from './queries/messages.ts';
import { hasVersions } from './rows/newest-version.ts';
import { listParts } from './queries/parts.ts';
import { listPrices } from './queries/prices.ts';
import { listProjects, oneProject } from './queries/projects.ts';
import { listRejects } from './queries/rejects.ts';
import { Search } from './queries/search.ts';
import { series } from './queries/series.ts';
import { listSessions, oneSession } from './queries/session-list.ts';
import { sessionNumber } from './queries/sessions.ts';
import type { SessionParts } from './queries/sessions.ts';
import { measureSeries, sumsByDimension } from './queries/values.ts';
import type { ViewParts } from './queries/view-parts.ts';
import type { LakeVersions } from './writer/lake-versions.ts';
import { nothingPending } from './writer/pending-rows.ts';
import type { Pending } from './writer/pending-rows.ts';
import { LakeRates } from './spending/rates.ts';
import type { Readers } from './store/readers.ts';
import { readRejects } from './rejects/read-rejects.ts';
import { recordLines } from './lines/record-lines.ts';
import type { RecordLineParts } from './lines/record-lines.ts';
import { RecordTimes } from './held/record-times.ts';
import { recordBatches } from './lines/record-stream.ts';
import type { StreamParts } from './lines/record-stream.ts';
import type { SqlSource } from './sql/sql-source.ts';
import { viewsSql } from './sql/views.ts';
import { SessionLinks } from './links/session-links.ts';
import { IndexedSessionViews } from './session-views.ts';

export interface LakeParts {
  epoch: string;
  top: () => number;
  readers: Readers;
  names: Directories;
  sources: SourceFiles;
  archiveDir: string;
  adapterOptions: AdapterOptions;
  /** Asked for when a question first needs it. */
  prices: () => Promise<PriceBook>;
  now: () => number;
  /** Absent where nothing that depends on the lake may be kept. */
  versions?: Versions & Pick<LakeVersions, 'sawAlone'>;
  /** What is committed and not in the tables; absent where everything is. */
  pending?: () => Pending;
  /** Quiet for this long, a session is completed. */
  idleMs: number;
  /** Without it, everything may change between two questions. */
  changes?: CommitChanges;
  /** Lines that are no records, and as many in which something is wrong, that are held in memory. */
  rejectRows?: number;
}

/** Some megabytes. */
const REJECT_ROWS = 16_384;

export class Lake implements Questions {
  readonly epoch: string;
  readonly views: IndexedSessionViews;
  private readonly parts: LakeParts;
  private readonly lineParts: RecordLineParts & LineParts;
  private readonly streamParts: StreamParts;
  private readonly sessionParts: SessionParts;
  private readonly viewParts: ViewParts;
  private readonly fileParts: FileParts;
  private readonly archivedParts: Followed<PartTable>;
  private readonly times: RecordTimes;
  private readonly searching: Search;
  private readonly eventPages: Events;

  constructor(parts: LakeParts) {
    this.epoch = parts.epoch;
    this.parts = parts;
    const { readers, names, adapterOptions, now, idleMs } = parts;
    const archived = new ArchivedLines(readers, parts.archiveDir);
    const pending = parts.pending ?? (() => nothingPending(parts.top()));
    const absent = new AbsentLines(readers, parts.sources, archived, pending);
    this.times = new RecordTimes(parts.pending === undefined ? readers : readers.asStored(), pending);
    const changes = parts.changes ?? null;
    const rejects = new Followed(changes, () => readers.ahead((connection) => readRejects(connection, parts.rejectRows ?? REJECT_ROWS)));
    this.fileParts = { readers, names, files: new FileBook(readers, changes), rejects };
    this.archivedParts = new Followed(changes, async () => ({ held: await readers.ahead(readPartTable), seq: 0 }));
    this.lineParts = { readers, names, adapterOptions, sources: parts.sources, archived, absent };
    this.searching = new Search(this.lineParts, parts.top, parts.pending);
    this.streamParts = { readers, names, adapterOptions, lines: new LineBytes(parts.sources, absent) };
    this.eventPages = new Events(this.streamParts, parts.top, parts.pending);
    const rates = new LakeRates(parts.prices, names.strings);
    this.sessionParts = { ...(parts.pending !== undefined && { pending: parts.pending }), readers, names, rates, links: new SessionLinks({ readers, names, versions: parts.versions, changes }), now, idleMs, book: new SessionBook({ readers, names, rates, changes }) };
    const commits = parts.versions === undefined || parts.pending === undefined || changes === null ? null : { versions: parts.versions, pending: parts.pending, changes };
    this.viewParts = { ...this.sessionParts, ...this.streamParts, files: this.fileParts.files, held: new HeldSessions({ readers, names, commits }) };
    this.views = new IndexedSessionViews(this.viewParts);
  }

  /** Resolves when what is told of how agents began is held: the first to ask does not wait for it. */
  linksHeld(): Promise<void> {
    return this.sessionParts.links.current();
  }

  /** The same of calls that several sessions tell of. */
  sharedCallsHeld(): Promise<void> {
    return this.viewParts.held.callsHeld();
  }

  top(): number {
    return this.parts.top();
  }

  projects(page: PageRequest): Promise<Page<ProjectItem>> {
    return listProjects(this.sessionParts, page);
  }

  project(id: string): Promise<ProjectItem> {
    return oneProject(this.sessionParts, id);
  }

  sessions(filter: SessionFilter, sort: SessionSort, page: PageRequest): Promise<Page<SessionItem>> {
    return listSessions(this.sessionParts, filter, sort, page);
  }

  async session(id: string): Promise<SessionItem> {
    return oneSession(this.sessionParts, id);
  }

  async subagents(sessionId: string, page: PageRequest): Promise<Page<AgentItem>> {
    return listAgents(this.sessionParts, sessionNumber(this.parts.names, sessionId), page);
  }

  async tree(sessionId: string): Promise<SessionTree> {
    const number = sessionNumber(this.parts.names, sessionId);
    const [session, trees] = await Promise.all([this.session(sessionId), agentTrees(this.sessionParts, new Map([[number, Number.POSITIVE_INFINITY]]))]);
    return { session, children: trees.get(number) ?? [] };
  }

  async ledger(sessionId: string, page: PageRequest): Promise<LedgerPage> {
    return sessionLedger(this.viewParts, sessionId, page);
  }

  messages(request: MessageRequest): Promise<Page<LakeRecord>> {
    return listMessages(this.viewParts, request);
  }

  events(request: EventRequest): Promise<Page<LakeRecord>> {
    return this.eventPages.page(request);
  }

  search(request: SearchRequest): Promise<SearchPage> {
    return this.searching.ask(request);
  }

  aggregate(request: AggregateRequest): Promise<AggregateAnswer> {
    return aggregate(this.sessionParts, request);
  }

  aggregateText(request: AggregateRequest): Promise<Buffer> {
    return aggregateText(this.sessionParts, request);
  }

  series(request: SeriesRequest): Promise<SeriesAnswer> {
    return series({ ...this.sessionParts, times: this.times }, request);
  }

  sumsByDimension(request: DimensionRequest): Promise<DimensionAnswer> {
    return sumsByDimension(this.sessionParts, request);
  }

  measureSeries(request: MeasureRequest): Promise<SeriesAnswer> {
    return measureSeries(this.sessionParts, request);
  }

  usageBlocks(request: BlocksRequest): Promise<BlocksAnswer> {
    return usageBlocks(this.sessionParts, request);
  }

  prices(): Promise<PricesAnswer> {
    return listPrices(this.sessionParts);
  }

  files(filter: FileFilter, page: PageRequest): Promise<Page<FileItem>> {
    return listFiles(this.fileParts, filter, page);
  }

  rejects(filter: RejectFilter, page: PageRequest): Promise<RejectPage> {
    return listRejects(this.rejectParts(), filter, page);
  }

  archiveParts(filter: ArchiveFilter, page: PageRequest): Promise<Page<ArchivePartItem>> {
    return listParts({ ...this.fileParts, parts: this.archivedParts }, filter, page);
  }

  /** The statements that make the tables of users' SQL over a copy of the index. */
  async sqlViews({ table }: SqlSource): Promise<string[]> {
    return viewsSql({ table, rates: await this.sessionParts.rates.current(), versions: hasVersions(this.parts.names) });
  }

  archiveStatus(): Promise<ArchiveStatus> {
    return readArchiveStatus(this.fileParts.files, this.parts.now(), this.parts.idleMs);
  }

  totals(): ReturnType<Questions['totals']> {
    return readTotals(this.fileParts.files);
  }

  records(query: RecordQuery, content: Content, signal?: AbortSignal): AsyncIterable<LakeRecord[]> {
    return recordBatches(this.streamParts, query, content, signal);
  }

  recordLines(query: RecordQuery, content: Content, signal?: AbortSignal): AsyncIterable<LineChunk> {
    return recordLines(this.lineParts, query, content, signal);
  }

  lines(query: RecordQuery, signal?: AbortSignal): AsyncIterable<LineChunk> {
    return lineChunks(this.lineParts, query, signal);
  }

  /** Of what is wrong in lines, all is mostly in the tables. */
  private rejectParts(): FileParts {
    const { readers, pending } = this.parts;
    return { ...this.fileParts, readers: pending?.().areRejectsStored === true ? readers.asStored() : readers };
  }
}
