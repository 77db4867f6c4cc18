// Sums of usage by a key, from the coarsest sums that can tell them apart: those by quarter hour or by session where
// that is enough, which are a fraction of the rows, and all rows of the sessions otherwise.

import { LakeError } from '../../core/errors.ts';
import { ZonedClock } from '../../core/time/zoned-clock.ts';
import type { Grouping } from '../../core/answers/grouping.ts';
import type { SessionFilter } from '../../core/answers/questions.ts';
import type { Directories } from '../names/directories.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import { GroupSums } from './group-sums.ts';
import type { SessionFacts } from './session-facts.ts';
import type { Summed } from './sum-columns.ts';
import type { UsageLevels } from './usage-levels.ts';
import type { UsageTable } from './usage-table.ts';

export interface UsageGroup {
  /** Null where it is not known. */
  key: string | null;
  /** By model's number, sparse; at 0 alone unless asked for by model. Some may have no calls. */
  models: readonly GroupSums[];
}

/** What is asked for. */
export interface GroupsQuery {
  groupBy: Exclude<Grouping, 'tool'> | null;
  byModel: boolean;
  /** Bounds lie on quarter hours. */
  filter: Pick<SessionFilter, 'model' | 'sinceMs' | 'untilMs'>;
  timezone: string;
  /** Null for all; whatever else is filtered has been. */
  sessions: Iterable<SessionFacts> | null;
  /** With more of them it throws `too_large`. */
  groupsMax: number;
}

export interface UsageTables {
  usage: UsageTable;
  levels: UsageLevels;
  sessions: Iterable<SessionFacts>;
}

type TimeUnit = 'day' | 'week' | 'month' | 'hour';

/** More of them are more than 16 MiB, whatever they are: an item has 160 bytes at least. */
export const GROUPS_MAX = 110_000;
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

  /** Groups without calls are left out. */
  of(tables: UsageTables, query: GroupsQuery): UsageGroup[] {
    const { groupBy, byModel, filter, sessions } = query;
    const isWhole = Object.values(filter).every((value) => value === undefined);
    if (isWhole && !byModel && (groupBy === 'session' || isOfSessions(groupBy) || (groupBy === null && sessions !== null))) return this.ofSessions(tables, query);
    if (isWhole && !byModel && groupBy === 'agent' && sessions === null) return this.ofAgents(tables, query);
    if (sessions === null && (groupBy === null || groupBy === 'model' || isTime(groupBy))) return this.ofQuarters(tables, query);
    return this.ofRows(tables, query);
  }

  private ofSessions({ levels, sessions }: UsageTables, { groupBy, sessions: chosen, groupsMax }: GroupsQuery): UsageGroup[] {
    const groups = new Groups(groupsMax);
    for (const session of chosen ?? sessions) {
      if ((levels.bySession.calls[session.ix] ?? 0) !== 0) groups.at(isOfSessions(groupBy) ? session[groupBy] : groupBy === null ? null : session.id).add(0, levels.bySession, session.ix);
    }
    return groups.counted();
  }

  private ofAgents({ levels: { byAgent } }: UsageTables, { groupsMax }: GroupsQuery): UsageGroup[] {
    const groups = new Groups(groupsMax);
    for (let agent = 0; agent < byAgent.length; agent++) if (byAgent.calls[agent] !== 0) groups.at(this.agentOf(agent)).add(0, byAgent, agent);
    return groups.counted();
  }

  private ofQuarters({ levels: { quarters, byQuarter } }: UsageTables, { groupBy, byModel, filter, timezone, groupsMax }: GroupsQuery): UsageGroup[] {
    const groups = new Groups(groupsMax);
    const isAsked = this.rowFilter(filter);
    const keyOf = isTime(groupBy) ? this.calendar(groupBy, timezone) : null;
    for (let row = 0; row < quarters.length; row++) {
      const [bucket, model] = [quarters.bucket[row] as number, quarters.kind[row] as number];
      if (!isAsked(bucket, model)) continue;
      const key = keyOf !== null ? keyOf.keyOf(bucket) : groupBy === 'model' ? this.names.strings.valueOf(model) : null;
      groups.at(key).add(byModel ? model : 0, byQuarter, row);
    }
    return groups.counted();
  }

  private ofRows({ usage, sessions: all }: UsageTables, { groupBy, byModel, filter, timezone, sessions, groupsMax }: GroupsQuery): UsageGroup[] {
    const { bucket, agent, model } = usage;
    const { from, until } = quartersOf(filter);
    const isAsked = this.rowFilter(filter);
    const calendar = isTime(groupBy) ? this.calendar(groupBy, timezone) : null;
    const groups = new Groups(groupsMax);
    for (const session of sessions ?? all) {
      if (!usage.isWithin(session.ix, from, until)) continue;
      const ofSession = isOfSessions(groupBy) ? session[groupBy] : groupBy === 'session' ? session.id : null;
      for (let row = usage.first(session.ix); row !== -1; row = usage.next[row] as number) {
        const [at, of] = [bucket[row] as number, model[row] as number];
        if (!isAsked(at, of)) continue;
        const key = calendar !== null ? calendar.keyOf(at) : groupBy === 'model' ? this.names.strings.valueOf(of) : groupBy === 'agent' ? this.agentOf(agent[row] as number) : ofSession;
        groups.at(key).add(byModel ? of : 0, usage, row);
      }
    }
    return groups.counted();
  }

  private rowFilter(filter: GroupsQuery['filter']): (bucket: number, model: number) => boolean {
    const only = filter.model === undefined ? null : (this.names.strings.find(filter.model) ?? -1);
    const { from, until } = quartersOf(filter);
    return (bucket, model) => bucket >= from && (until === null || (bucket < until && bucket >= 0)) && (only === null || model === only);
  }

  private agentOf(agent: number): string | null {
    return agent === 0 ? null : this.names.agents.idOf(agent);
  }

  calendar(unit: TimeUnit, timezone: string): Calendar {
    const name = `${unit}/${timezone}`;
    let calendar = this.calendars.get(name);
    if (calendar === undefined) {
      if (this.calendars.size >= CALENDARS_MAX) this.calendars.clear();
      this.calendars.set(name, (calendar = new Calendar(unit, timezone)));
    }
    return calendar;
  }
}

/** `until` is exclusive, and leaves out what has no time. */
export function quartersOf({ sinceMs, untilMs }: Pick<SessionFilter, 'sinceMs' | 'untilMs'>): { from: number; until: number | null } {
  return { from: (sinceMs ?? -QUARTER_HOUR_MS) / QUARTER_HOUR_MS, until: untilMs === undefined ? null : untilMs / QUARTER_HOUR_MS };
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

export function isTime(groupBy: Grouping | null): groupBy is TimeUnit {
  return groupBy === 'day' || groupBy === 'week' || groupBy === 'month' || groupBy === 'hour';
}

/** Every session is in one of these. */
function isOfSessions(groupBy: Grouping | null): groupBy is 'project' | 'source' {
  return groupBy === 'project' || groupBy === 'source';
}

/** By key, and within that by model's number. */
export class Groups {
  private readonly byKey = new Map<string | null, Group>();
  private readonly max: number;
  private last: Group | null = null;

  constructor(max: number) {
    this.max = max;
  }

  /** Throws `too_large` for one more than there may be. */
  at(key: string | null): Group {
    // One key mostly comes several times over.
    if (this.last?.key === key) return this.last;
    let group = this.byKey.get(key);
    if (group === undefined) {
      if (this.byKey.size >= this.max) throw tooManyGroups(this.max);
      this.byKey.set(key, (group = new Group(key)));
    }
    return (this.last = group);
  }

  counted(): UsageGroup[] {
    return [...this.byKey.values()].filter(({ models }) => models.some(({ calls }) => calls !== 0));
  }
}

export function tooManyGroups(max: number): LakeError {
  return new LakeError('too_large', `The answer would have more than ${max} items.`, { hint: 'Ask for a shorter time, a coarser grouping or fewer sessions.' });
}

class Group implements UsageGroup {
  readonly key: string | null;
  readonly models: GroupSums[] = [];

  constructor(key: string | null) {
    this.key = key;
  }

  add(model: number, from: Summed, row: number): void {
    (this.models[model] ??= new GroupSums()).add(from, row);
  }

  addSums(model: number, sums: GroupSums): void {
    (this.models[model] ??= new GroupSums()).addSums(sums);
  }
}
