// What one or several commits add to the tables, gathered so that it enters them in one transaction:
// rows one after the other, sums added up, of marks and facts what would win between commits too.

import type { FileEntry } from '../core/file-entry.ts';
import { LINK_RULES } from '../core/scan-batch.ts';
import type { Fact, LinkRule, RejectedLine } from '../core/scan-batch.ts';
import { TITLE_RANK } from '../sources/adapter.ts';
import { DeltaSums } from './delta-sums.ts';
import type { RecordColumns } from './record-columns.ts';

export interface LinkRow {
  agent: number;
  toolUseId: string;
  rule: LinkRule;
  parent: number;
}

export interface CwdRow {
  session: number;
  /** Rises in the order of telling: the lake offset before the segment, and counted on. */
  at: number;
  cwd: string;
}

export interface PlacedReject extends RejectedLine {
  offset: number;
  fileIx: number;
  sessionIx: number;
}

export class CommitGroup {
  readonly records: RecordColumns[] = [];
  readonly rejects: PlacedReject[] = [];
  /** The last state of each file. */
  readonly files = new Map<number, FileEntry>();
  readonly fileSessions = new Map<string, { file: number; session: number }>();
  readonly sums = new DeltaSums();
  readonly titles = new Map<string, { session: number; rank: number; title: string }>();
  /** The first and the last folder told of each session. */
  readonly cwds = new Map<number, { first: CwdRow; last: CwdRow }>();
  readonly links = new Map<number, LinkRow>();
  readonly tasks = new Map<string, { session: number; toolUseId: string; agentType: string | null; description: string | null }>();

  get rows(): number {
    return this.records.reduce((sum, { rows }) => sum + rows, 0);
  }

  addCwd(row: CwdRow): void {
    this.cwds.set(row.session, { first: this.cwds.get(row.session)?.first ?? row, last: row });
  }

  /** The first prompt, and the latest of any other title. */
  addTitle(session: number, { rank, title }: Fact & { kind: 'title' }): void {
    const key = `${session}/${rank}`;
    if (rank === TITLE_RANK.prompt && this.titles.has(key)) return;
    this.titles.set(key, { session, rank, title });
  }

  /** The first word on each thing counts. */
  addTask(session: number, { toolUseId, agentType, description }: Fact & { kind: 'task' }): void {
    const key = `${session}/${toolUseId}`;
    const known = this.tasks.get(key);
    this.tasks.set(key, { session, toolUseId, agentType: known?.agentType ?? agentType, description: known?.description ?? description });
  }

  /** The strongest, and the latest of equally strong ones. */
  addLink(link: LinkRow): void {
    const known = this.links.get(link.agent);
    if (known !== undefined && LINK_RULES.indexOf(known.rule) < LINK_RULES.indexOf(link.rule)) return;
    this.links.set(link.agent, link);
  }
}
