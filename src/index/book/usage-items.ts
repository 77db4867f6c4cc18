// Usage of each session and of each agent as items of JSON, kept once somebody asked for them.

import type { AggregateItem } from '../../core/answers/aggregate-answer.ts';
import type { Directories } from '../names/directories.ts';
import { GroupSums } from './group-sums.ts';
import { ItemPages } from './item-pages.ts';
import type { SumColumns } from './sum-columns.ts';
import type { UsageLevels } from './usage-levels.ts';

type Grouping = 'session' | 'agent';

export class UsageItems {
  private readonly levels: UsageLevels;
  private readonly names: Directories;
  private readonly lists = new Map<Grouping, UsageItemList>();

  constructor(levels: UsageLevels, names: Directories) {
    this.levels = levels;
    this.names = names;
  }

  by(grouping: Grouping): UsageItemList {
    let list = this.lists.get(grouping);
    if (list === undefined) this.lists.set(grouping, (list = grouping === 'session' ? this.ofSessions() : this.ofAgents()));
    return list;
  }

  private ofSessions(): UsageItemList {
    const { levels, names } = this;
    const changed = (levels.changedSessions = numbersOf(levels.bySession));
    return new UsageItemList('session', levels.bySession, (ix) => names.sessions.at(ix)?.id ?? null, changed);
  }

  private ofAgents(): UsageItemList {
    const { levels, names } = this;
    const changed = (levels.changedAgents = numbersOf(levels.byAgent));
    return new UsageItemList('agent', levels.byAgent, (ix) => names.agents.idOf(ix), changed);
  }
}

export class UsageItemList {
  private readonly grouping: Grouping;
  private readonly sums: SumColumns;
  private readonly pages: ItemPages;

  /** `changed`: numbers whose sums change are added to it. */
  constructor(grouping: Grouping, sums: SumColumns, nameOf: (number: number) => string | null, changed: Set<number>) {
    this.grouping = grouping;
    this.sums = sums;
    this.pages = new ItemPages({ nameOf, itemOf: (name, numbers) => this.itemOf(name, numbers) }, changed);
  }

  /** Works for so many milliseconds; false where not everything is made then. */
  refresh(ms: number): boolean {
    return this.pages.refresh(ms);
  }

  /** Items with commas between, in pieces, the nameless one last. */
  get texts(): Buffer[] {
    const unnamed = this.itemOf(null, [0]);
    return unnamed === null ? this.pages.texts : [...this.pages.texts, Buffer.from(unnamed)];
  }

  get total(): AggregateItem {
    return this.sumOf(this.sums.calls.keys()).item();
  }

  private itemOf(name: string | null, numbers: readonly number[]): string | null {
    const sums = this.sumOf(numbers);
    return sums.calls === 0 ? null : JSON.stringify({ [this.grouping]: name, ...sums.item() });
  }

  private sumOf(numbers: Iterable<number>): GroupSums {
    const total = new GroupSums();
    for (const at of numbers) if ((this.sums.calls[at] ?? 0) !== 0) total.add(this.sums, at);
    return total;
  }
}

function numbersOf(sums: SumColumns): Set<number> {
  const numbers = new Set<number>();
  for (let at = 0; at < sums.length; at++) if (sums.calls[at] !== 0) numbers.add(at);
  return numbers;
}
