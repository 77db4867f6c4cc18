// When the agents of a session that is held wrote, and when the calls that started them ended.

import { FLAG } from '../../core/scan-batch.ts';
import type { AgentTimes, WroteLately } from './agent-times.ts';
import type { SessionRows } from './session-rows.ts';

export class HeldAgentTimes implements AgentTimes {
  private readonly held: SessionRows;

  constructor(held: SessionRows) {
    this.held = held;
  }

  async lately(after: number, upto: number): Promise<Map<number, WroteLately>> {
    const { held, held: { columns: { integers: { agent_ix: agents }, doubles: { ts_ms: ts } } } } = this;
    const times = new Map<number, WroteLately>();
    for (let at = 0; at < held.rows; at++) {
      const [agent, ms] = [agents[at] as number, ts[at] as number];
      if (agent === 0 || ms < 0 || held.has(at, FLAG.duplicate)) continue;
      const known = times.get(agent);
      const wrote = ms > after && ms <= upto ? ms : null;
      if (known === undefined) times.set(agent, { first_ms: ms, wrote_ms: wrote });
      else {
        known.first_ms = Math.min(known.first_ms, ms);
        if (wrote !== null) known.wrote_ms = Math.max(known.wrote_ms ?? wrote, wrote);
      }
    }
    return times;
  }

  async ended(calls: readonly string[], after: number, upto: number): Promise<Map<string, number>> {
    const { ts_ms: ts } = this.held.columns.doubles;
    return new Map(calls.flatMap((call): [string, number][] => {
      const times = this.held.resultsFor(call).map(({ at }) => ts[at] as number).filter((ms) => ms > after && ms <= upto);
      return times.length === 0 ? [] : [[call, times.reduce((first, ms) => Math.min(first, ms))]];
    }));
  }
}
