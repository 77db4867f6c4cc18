// Sums of usage by a key, over the facts of sessions: every row is looked at, which for a million of them
// takes as long as planning a statement.

import { ZonedClock } from '../../core/zoned-clock.ts';
import type { Grouping } from '../../core/grouping.ts';
import type { SessionFilter } from '../../core/questions.ts';
import type { Directories } from '../commit-rows.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import { Spending } from '../queries/spending.ts';
import type { SessionFacts, UsageRow } from './session-facts.ts';

export interface UsageGroup {
  /** Null where it is not known. */
  key: string | null;
  /** 0 unless asked for by model. */
  model: number;
  spend: Spending;
}

type KeyOf = (row: UsageRow, session: SessionFacts) => string | null;

/** The few that are asked for again and again. */
const ZONES_MAX = 16;

export class UsageGroups {
  private readonly names: Directories;
  private readonly clocks = new Map<string, ZonedClock>();

  constructor(names: Directories) {
    this.names = names;
  }

  /** Of rows in the time and of the model that `filter` names; its bounds lie on quarter hours. Groups without calls are left out. */
  of(sessions: Iterable<SessionFacts>, groupBy: Exclude<Grouping, 'tool'> | null, byModel: boolean, filter: SessionFilter, timezone: string): UsageGroup[] {
    const groups = new Map<string | null, Map<number, Spending>>();
    const keyOf = this.keyOf(groupBy, timezone);
    const isWanted = this.rowMatcher(filter);
    for (const session of sessions) {
      for (const row of session.rows) {
        if (!isWanted(row)) continue;
        const key = keyOf(row, session);
        const model = byModel ? row.model : 0;
        let ofKey = groups.get(key);
        if (ofKey === undefined) groups.set(key, (ofKey = new Map()));
        let spend = ofKey.get(model);
        if (spend === undefined) ofKey.set(model, (spend = new Spending()));
        spend.add(row);
      }
    }
    return [...groups].flatMap(([key, ofKey]) => [...ofKey].filter(([, { calls }]) => calls !== 0).map(([model, spend]) => ({ key, model, spend })));
  }

  private rowMatcher({ model, sinceMs, untilMs }: SessionFilter): (row: UsageRow) => boolean {
    const only = model === undefined ? null : (this.names.strings.find(model) ?? -1);
    const [from, until] = [(sinceMs ?? -QUARTER_HOUR_MS) / QUARTER_HOUR_MS, untilMs === undefined ? null : untilMs / QUARTER_HOUR_MS];
    return (row) => (only === null || row.model === only) && row.bucket >= from && (until === null || (row.bucket < until && row.bucket >= 0));
  }

  private keyOf(groupBy: Exclude<Grouping, 'tool'> | null, timezone: string): KeyOf {
    switch (groupBy) {
      case null: return () => null;
      case 'project': return (_row, { project }) => project;
      case 'source': return (_row, { source }) => source;
      case 'session': return (_row, { id }) => id;
      case 'model': return ({ model }) => this.names.strings.valueOf(model);
      case 'agent': return ({ agent }) => (agent === 0 ? null : this.names.agents.idOf(agent));
      case 'day': case 'week': case 'month': case 'hour': return this.clockKey(groupBy, this.clock(timezone));
    }
  }

  private clockKey(unit: 'day' | 'week' | 'month' | 'hour', clock: ZonedClock): KeyOf {
    const keys = new Map<number, string | null>();
    return ({ bucket }) => {
      let key = keys.get(bucket);
      if (key === undefined) keys.set(bucket, (key = bucket < 0 ? null : unit === 'hour' ? `${clock.hour(bucket * QUARTER_HOUR_MS)}:00` : clock[unit](bucket * QUARTER_HOUR_MS)));
      return key;
    };
  }

  private clock(timezone: string): ZonedClock {
    let clock = this.clocks.get(timezone);
    if (clock === undefined) {
      if (this.clocks.size >= ZONES_MAX) this.clocks.clear();
      this.clocks.set(timezone, (clock = new ZonedClock(timezone)));
    }
    return clock;
  }
}
