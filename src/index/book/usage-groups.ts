// Sums of usage by a key, over the usage of sessions: every row is looked at, a few nanoseconds each.

import { ZonedClock } from '../../core/zoned-clock.ts';
import type { Grouping } from '../../core/grouping.ts';
import type { SessionFilter } from '../../core/questions.ts';
import type { Directories } from '../commit-rows.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import { Spending } from '../queries/spending.ts';
import type { SessionFacts } from './session-facts.ts';
import { PICO_A_MICRO } from './usage-table.ts';
import type { UsageTable } from './usage-table.ts';

export interface UsageGroup {
  /** Null where it is not known. */
  key: string | null;
  /** 0 unless asked for by model. */
  model: number;
  spend: Spending;
}

type TimeUnit = 'day' | 'week' | 'month' | 'hour';

/** The few that are asked for again and again. */
const CALENDARS_MAX = 32;
const QUARTERS_MAX = 200_000;

export class UsageGroups {
  private readonly names: Directories;
  /** By unit and time zone. */
  private readonly calendars = new Map<string, Calendar>();

  constructor(names: Directories) {
    this.names = names;
  }

  /** Of rows in the time and of the model that `filter` names; its bounds lie on quarter hours. Groups without calls are left out. */
  of(table: UsageTable, sessions: Iterable<SessionFacts>, groupBy: Exclude<Grouping, 'tool'> | null, byModel: boolean, filter: SessionFilter, timezone: string): UsageGroup[] {
    const { bucket, agent, model, next } = table;
    const only = filter.model === undefined ? null : (this.names.strings.find(filter.model) ?? -1);
    const from = (filter.sinceMs ?? -QUARTER_HOUR_MS) / QUARTER_HOUR_MS;
    const until = filter.untilMs === undefined ? null : filter.untilMs / QUARTER_HOUR_MS;
    const groups = new Groups();
    // Rows of one session mostly have one key after another.
    let [known, group]: [number | null, GroupSums[]] = [null, []];
    for (const session of sessions) {
      if (groupBy === 'project' || groupBy === 'source') group = groups.at(session[groupBy]);
      else if (groupBy === 'session') group = groups.at(session.id);
      else if (groupBy === null) group = groups.at(null);
      known = null;
      for (let row = table.first(session.ix); row !== -1; row = next[row] as number) {
        const [at, of] = [bucket[row] as number, model[row] as number];
        if ((only !== null && of !== only) || at < from || (until !== null && (at >= until || at < 0))) continue;
        const by = groupBy === 'model' ? of : groupBy === 'agent' ? (agent[row] as number) : isTime(groupBy) ? at : null;
        if (by !== null && by !== known) [known, group] = [by, groups.at(this.keyOf(groupBy, by, timezone))];
        const place = byModel ? of : 0;
        (group[place] ??= new GroupSums()).add(table, row);
      }
    }
    return groups.spent();
  }

  private keyOf(groupBy: Grouping | null, by: number, timezone: string): string | null {
    if (groupBy === 'model') return this.names.strings.valueOf(by);
    if (groupBy === 'agent') return by === 0 ? null : this.names.agents.idOf(by);
    return this.calendar(groupBy as TimeUnit, timezone).keyOf(by);
  }

  private calendar(unit: TimeUnit, timezone: string): Calendar {
    const name = `${unit}/${timezone}`;
    let calendar = this.calendars.get(name);
    if (calendar === undefined) {
      if (this.calendars.size >= CALENDARS_MAX) this.calendars.clear();
      this.calendars.set(name, (calendar = new Calendar(unit, timezone)));
    }
    return calendar;
  }
}

/** The days, or the like, of quarter hours in a time zone. */
class Calendar {
  private readonly clock: ZonedClock;
  private readonly unit: TimeUnit;
  private readonly keys = new Map<number, string>();

  constructor(unit: TimeUnit, timezone: string) {
    this.unit = unit;
    this.clock = new ZonedClock(timezone);
  }

  keyOf(bucket: number): string | null {
    if (bucket < 0) return null;
    let key = this.keys.get(bucket);
    if (key === undefined) {
      if (this.keys.size >= QUARTERS_MAX) this.keys.clear();
      const ms = bucket * QUARTER_HOUR_MS;
      this.keys.set(bucket, (key = this.unit === 'hour' ? `${this.clock.hour(ms)}:00` : this.clock[this.unit](ms)));
    }
    return key;
  }
}

function isTime(groupBy: Grouping | null): boolean {
  return groupBy === 'day' || groupBy === 'week' || groupBy === 'month' || groupBy === 'hour';
}

/** By key, and within that by model's number. */
class Groups {
  private readonly byKey = new Map<string | null, GroupSums[]>();

  at(key: string | null): GroupSums[] {
    let group = this.byKey.get(key);
    if (group === undefined) this.byKey.set(key, (group = []));
    return group;
  }

  spent(): UsageGroup[] {
    const spent: UsageGroup[] = [];
    for (const [key, group] of this.byKey) group.forEach((sums, model) => (sums.calls === 0 ? undefined : spent.push({ key, model, spend: sums.spending() })));
    return spent;
  }
}

/** Rows of usage, added up. */
export class GroupSums {
  calls = 0;
  private unpriced = 0;
  private input = 0;
  private output = 0;
  private cacheCreation = 0;
  private cacheRead = 0;
  private micro = 0;
  private pico = 0;

  add(table: UsageTable, row: number): void {
    this.calls += table.calls[row] as number;
    this.unpriced += table.unpriced[row] as number;
    this.input += table.input[row] as number;
    this.output += table.output[row] as number;
    this.cacheCreation += table.cacheCreation[row] as number;
    this.cacheRead += table.cacheRead[row] as number;
    this.micro += table.micro[row] as number;
    this.pico += table.pico[row] as number;
  }

  spending(): Spending {
    const { calls, unpriced, input, output, cacheCreation, cacheRead, micro, pico } = this;
    return Object.assign(new Spending(), { calls, unpriced, input, output, cacheCreation, cacheRead, cost: BigInt(micro) * PICO_A_MICRO + BigInt(pico) });
  }
}
