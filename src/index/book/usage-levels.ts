// The same usage that the table has, added up more coarsely: by session, by agent, and by model and quarter hour.
// Most questions about the whole lake are answered from one of these, which are a fraction of the table's size.

import { QuarterRows } from './quarter-rows.ts';
import { SumColumns } from './sum-columns.ts';
import type { UsageTable } from './usage-table.ts';

export class UsageLevels {
  readonly bySession = new SumColumns();
  /** At 0 the main threads of all sessions. */
  readonly byAgent = new SumColumns();
  /** Their kinds are models. */
  readonly quarters = new QuarterRows();
  readonly byQuarter = new SumColumns();
  /** Sessions and agents whose sums changed since somebody took them from here; null where nobody asks. */
  changedSessions: Set<number> | null = null;
  changedAgents: Set<number> | null = null;
  private changedQuarter = Number.POSITIVE_INFINITY;

  /** A row of the table counts from now on as it is, or no more. */
  change(table: UsageTable, row: number, sign: 1 | -1): void {
    const [session, agent, bucket] = [table.session[row] as number, table.agent[row] as number, table.bucket[row] as number];
    this.bySession.change(session, table, row, sign);
    this.byAgent.change(agent, table, row, sign);
    this.byQuarter.change(this.quarters.at(table.model[row] as number, bucket), table, row, sign);
    this.changedSessions?.add(session);
    this.changedAgents?.add(agent);
    if (bucket >= 0 && bucket < this.changedQuarter) this.changedQuarter = bucket;
  }

  /** The first quarter hour that changed since this was asked before; infinite for none. */
  takeChangedQuarter(): number {
    const quarter = this.changedQuarter;
    this.changedQuarter = Number.POSITIVE_INFINITY;
    return quarter;
  }

  /** Models without calls are left out. */
  callsByModel(): Map<number, number> {
    const calls = new Map<number, number>();
    const { quarters, byQuarter } = this;
    for (let row = 0; row < quarters.length; row++) calls.set(quarters.kind[row] as number, (calls.get(quarters.kind[row] as number) ?? 0) + (byQuarter.calls[row] as number));
    return new Map([...calls].filter(([, some]) => some !== 0));
  }
}
