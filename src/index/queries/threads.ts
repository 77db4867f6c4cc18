// The threads of a session down to a depth: its main thread, what that started, what those started.

import type { AgentLink } from '../session-links.ts';
import { AgentParents } from './agent-parents.ts';

export interface Threads {
  /** On rows of `records`, of one session. */
  condition: string;
  depthOf(agentIx: number): number;
}

export function threadsOf(agents: readonly AgentLink[], depth: number): Threads {
  const parents = new AgentParents(agents);
  const shown = agents.filter(({ agent_ix }) => parents.depthOf(agent_ix) <= depth);
  const condition = shown.length === agents.length ? 'true' : `agent_ix IN (${[0, ...shown.map(({ agent_ix }) => agent_ix)].join(',')})`;
  return { condition, depthOf: (agentIx) => parents.depthOf(agentIx) };
}
