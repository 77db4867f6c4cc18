// Which agent started which, and how far below the main thread each is.

import { compareTexts } from '../links/link-agents.ts';

/** 0: the main thread, or not known. */
interface Child {
  agent_ix: number;
  id: string;
  parent_agent_ix: number | null;
}

/** A parent that is none of these is not known. A cycle, which broken logs can state, is cut above the first of its ids, however they come. */
export class AgentParents {
  private readonly parents = new Map<number, number>();

  constructor(agents: readonly Child[]) {
    const known = new Set(agents.map((agent) => agent.agent_ix));
    for (const { agent_ix, parent_agent_ix } of agents) this.parents.set(agent_ix, known.has(parent_agent_ix ?? 0) ? (parent_agent_ix ?? 0) : 0);
    const closing = agents.filter(({ agent_ix }) => this.closesCycle(agent_ix)).toSorted((a, b) => compareTexts(a.id, b.id));
    for (const { agent_ix } of closing) if (this.closesCycle(agent_ix)) this.parents.set(agent_ix, 0);
  }

  /** 0: the main thread, or not known. */
  of(agentIx: number): number {
    return this.parents.get(agentIx) ?? 0;
  }

  /** 0 for the main thread, 1 for what it started, and for what nobody is known to have started. */
  depthOf(agentIx: number): number {
    let depth = 0;
    for (let at = agentIx; at !== 0; at = this.of(at)) depth += 1;
    return depth;
  }

  private closesCycle(start: number): boolean {
    const seen = new Set([start]);
    for (let at = this.of(start); at !== 0; at = this.of(at)) {
      if (at === start) return true;
      if (seen.has(at)) return false;
      seen.add(at);
    }
    return false;
  }
}
