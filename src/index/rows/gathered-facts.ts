// Facts of one or several commits: of those that say the same kind of thing the one that counts, by where
// they were told, as between commits.

import type { CwdFact, LinkFact, TaskFact, TitleFact, Told, AgentFact } from '../../core/scan-batch.ts';
import { compareTold } from '../../core/told.ts';
import { TITLE_RANK } from '../../sources/adapter.ts';

/** Names have become numbers. */
export type LinkRow = Told & Pick<LinkFact, 'toolUseId' | 'rule'> & { agent: number; parent: number };
export type CwdRow = Told & Pick<CwdFact, 'cwd'> & { session: number };
export type TitleRow = Told & Pick<TitleFact, 'rank' | 'title'> & { session: number };
export type TaskRow = Told & Pick<TaskFact, 'toolUseId' | 'agentType' | 'description' | 'prompt' | 'run'> & { session: number; agent: number };
export type OriginRow = Pick<AgentFact, 'prompt' | 'run'> & { agent: number };

export class GatheredFacts {
  readonly titles = new Map<string, TitleRow>();
  /** The first and the last folder told of each session. */
  readonly cwds = new Map<number, { first: CwdRow; last: CwdRow }>();
  readonly links = new Map<string, LinkRow>();
  readonly tasks: TaskRow[] = [];
  readonly origins: OriginRow[] = [];
  /** Lines of an agent's progress, one after the other, say the same. */
  private lastLink: LinkRow | null = null;

  add(later: GatheredFacts): void {
    for (const { first, last } of later.cwds.values()) for (const row of first === last ? [first] : [first, last]) this.addCwd(row);
    for (const row of later.titles.values()) this.addTitle(row);
    for (const row of later.links.values()) this.addLink(row);
    for (const row of later.tasks) this.tasks.push(row);
    for (const row of later.origins) this.origins.push(row);
  }

  addCwd(row: CwdRow): void {
    const known = this.cwds.get(row.session) ?? { first: row, last: row };
    const isEarlier = (a: CwdRow, b: CwdRow): boolean => compareTold(a, b, [a.cwd, b.cwd]) < 0;
    this.cwds.set(row.session, { first: isEarlier(row, known.first) ? row : known.first, last: isEarlier(known.last, row) ? row : known.last });
  }

  /** The first prompt, and the last of any other title. */
  addTitle(row: TitleRow): void {
    const key = `${row.session}/${row.rank}`;
    const known = this.titles.get(key);
    if (known === undefined || countsBefore(row, known)) this.titles.set(key, row);
  }

  /** Of each that says the same, the earliest. */
  addLink(row: LinkRow): void {
    const { lastLink: last } = this;
    if (last !== null && last.agent === row.agent && last.rule === row.rule && last.parent === row.parent && last.toolUseId === row.toolUseId && compareTold(row, last, ['', '']) >= 0) return;
    const key = `${row.agent}/${row.rule}/${row.parent}/${row.toolUseId}`;
    const known = this.links.get(key);
    const counts = known === undefined || compareTold(row, known, [row.toolUseId, known.toolUseId]) < 0;
    if (counts) this.links.set(key, row);
    this.lastLink = counts ? row : known;
  }
}

/** As TITLE_ORDER, of one rank. */
export function countsBefore(a: TitleRow, b: TitleRow): boolean {
  const order = a.at - b.at || a.line - b.line;
  if (order === 0) return a.title < b.title;
  return a.rank === TITLE_RANK.prompt ? order < 0 : order > 0;
}
