// The threads of a session down to a depth: its main thread, what that started, what those started.

import type { AgentLink } from '../links/link-agents.ts';
import { AgentParents } from './agent-parents.ts';

export interface Threads {
  /** On rows of `records`, of one session. */
  condition: string;
  has(agentIx: number): boolean;
  depthOf(agentIx: number): number;
}

export const MAIN_THREAD: Threads = { condition: 'agent_ix = 0', has: (agentIx) => agentIx === 0, depthOf: () => 0 };

export function threadsOf(agents: readonly AgentLink[], depth: number): Threads {
  const parents = new AgentParents(agents);
  const shown = new Set([0, ...agents.map(({ agent_ix }) => agent_ix).filter((ix) => parents.depthOf(ix) <= depth)]);
  const isAll = shown.size > agents.length;
  return { condition: isAll ? 'true' : `agent_ix IN (${[...shown].join(',')})`, has: (agentIx) => isAll || shown.has(agentIx), depthOf: (agentIx) => parents.depthOf(agentIx) };
}
