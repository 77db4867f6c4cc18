// Everything that can be asked of the lake. The index answers; server and CLI only know this face.

import type { AgentItem } from './agent-item.ts';
import type { ArchivePartItem } from './archive-part-item.ts';
import type { BlocksAnswer } from './block-item.ts';
import type { FileItem } from './file-item.ts';
import type { Grouping } from './grouping.ts';
import type { ArchiveStatus } from './lake-status.ts';
import type { LedgerPage } from './ledger-page.ts';
import type { DimensionAnswer, DimensionRequest, MeasureRequest } from './measures.ts';
import type { Page } from './page.ts';
import type { PricesAnswer } from './prices-answer.ts';
import type { ProjectItem } from './project-item.ts';
import type { Content, LakeRecord, RecordFilter, RecordQuery } from './record.ts';
import type { RejectPage } from './reject-item.ts';
import type { SearchPage, SearchRequest } from './search.ts';
import type { Metric, SeriesAnswer } from './series.ts';
import type { SessionItem } from './session-item.ts';
import type { SessionTree } from './session-tree.ts';
import type { SessionViews } from './session-views.ts';
import type { BucketWidth } from '../time/time-buckets.ts';

export interface PageRequest {
  limit: number;
  cursor?: string;
}

export interface SessionFilter {
  session?: string;
  project?: string;
  source?: string;
  status?: SessionItem['status'];
  model?: string;
  /** Part of the title, letter case ignored. */
  q?: string;
  sinceMs?: number;
  untilMs?: number;
}

export const SESSION_SORTS = ['last_activity', '-last_activity', 'started_at', '-started_at'] as const;
export type SessionSort = (typeof SESSION_SORTS)[number];

export interface AggregateRequest {
  groupBy: Grouping | null;
  /** With the share of each model. */
  byModel?: boolean;
  filter: SessionFilter;
  /** IANA name. */
  timezone: string;
}

export interface SeriesRequest {
  metric: Metric;
  /** Null: the finest of the usual widths of which no more than `points` are needed. */
  bucket: BucketWidth | null;
  /** How many at most. */
  points: number;
  filter: SessionFilter;
  /** IANA name. */
  timezone: string;
}

export interface BlocksRequest {
  filter: Pick<SessionFilter, 'session' | 'project' | 'source' | 'sinceMs' | 'untilMs'>;
  activeOnly: boolean;
}

export interface MessageRequest extends PageRequest {
  filter: RecordFilter & { session: string };
  /** Exclusive with `cursor`: how many records to skip. */
  offset?: number;
  order: 'asc' | 'desc';
  content: Content;
  duplicates: boolean;
}

export interface EventRequest extends PageRequest {
  filter: RecordFilter;
  /** By time; `desc` is the newest first. */
  order: 'asc' | 'desc';
  content: Content;
  duplicates: boolean;
}

export interface FileFilter {
  source?: string;
  project?: string;
  session?: string;
  state?: FileItem['state'];
  file?: string;
}

export interface RejectFilter {
  source?: string;
  project?: string;
  session?: string;
  reason?: string;
  file?: string;
  /** Records in which something is wrong, rather than lines that are none. */
  kept?: boolean;
}

export interface ArchiveFilter {
  source?: string;
  month?: string;
  session?: string;
}

/** Bytes of lines, each with its newline. A chunk begins and ends anywhere. */
export interface LineChunk {
  /** Valid until the next chunk is asked for. */
  bytes: Uint8Array;
  /** Lines that end in this chunk. */
  rows: number;
  /** Lake offset of the last line that has ended. */
  last: number;
}

/** Single resources throw `not_found`; cursors throw `invalid_cursor`. */
export interface Questions {
  readonly epoch: string;
  /** The highest committed lake offset; 0 in an empty lake. */
  top(): number;
  /** What is asked of one session from within. */
  readonly views: SessionViews;

  projects(page: PageRequest): Promise<Page<ProjectItem>>;
  project(id: string): Promise<ProjectItem>;
  sessions(filter: SessionFilter, sort: SessionSort, page: PageRequest): Promise<Page<SessionItem>>;
  session(id: string): Promise<SessionItem>;
  subagents(sessionId: string, page: PageRequest): Promise<Page<AgentItem>>;
  tree(sessionId: string): Promise<SessionTree>;
  ledger(sessionId: string, page: PageRequest): Promise<LedgerPage>;
  messages(request: MessageRequest): Promise<Page<LakeRecord>>;
  events(request: EventRequest): Promise<Page<LakeRecord>>;
  /** As far as one request may read: where it ends before the lake does, `has_more` is true however few hits there are. */
  search(request: SearchRequest): Promise<SearchPage>;
  /** An `AggregateAnswer` as JSON: there may be tens of thousands of items. */
  aggregateText(request: AggregateRequest): Promise<Buffer>;
  series(request: SeriesRequest): Promise<SeriesAnswer>;
  /** Records and their numbers by what a configured source's records can be grouped by. */
  sumsByDimension(request: DimensionRequest): Promise<DimensionAnswer>;
  /** A configured source's numbers over time. */
  measureSeries(request: MeasureRequest): Promise<SeriesAnswer>;
  usageBlocks(request: BlocksRequest): Promise<BlocksAnswer>;
  prices(): Promise<PricesAnswer>;
  files(filter: FileFilter, page: PageRequest): Promise<Page<FileItem>>;
  rejects(filter: RejectFilter, page: PageRequest): Promise<RejectPage>;
  archiveParts(filter: ArchiveFilter, page: PageRequest): Promise<Page<ArchivePartItem>>;
  archiveStatus(): Promise<ArchiveStatus>;
  totals(): Promise<{ files: number; bytesTotal: number; bytesIndexed: number; lines: number; rejects: number; sessions: number }>;

  /** Records in offset order, in batches of bounded bytes; stops between batches when the signal aborts. */
  records(query: RecordQuery, content: Content, signal?: AbortSignal): AsyncIterable<LakeRecord[]>;
  /** The same records, one a line of JSON. */
  recordLines(query: RecordQuery, content: Content, signal?: AbortSignal): AsyncIterable<LineChunk>;
  /** Source lines, verbatim, in offset order, rejected ones too where the filter can match them. */
  lines(query: RecordQuery, signal?: AbortSignal): AsyncIterable<LineChunk>;
}
