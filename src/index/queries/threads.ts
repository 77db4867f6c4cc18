// The threads of a session down to a depth: its main thread, what that started, what those started.

import type { Readers } from '../readers.ts';
import { AgentParents } from './agent-parents.ts';
import type { SessionName } from '../directories.ts';
import { linksSql } from './links.ts';

export interface Threads {
  /** On rows of `records`, of one session. */
  condition: string;
  depthOf(agentIx: number): number;
}

export async function sessionThreads(readers: Readers, session: SessionName, depth: number): Promise<Threads> {
  const agents = await readers.rows<{ agent_ix: number; parent_agent_ix: number | null }>(
    `WITH ${linksSql([session])} SELECT agent_ix, parent_agent_ix FROM links`,
  );
  const parents = new AgentParents(agents);
  const shown = agents.filter(({ agent_ix }) => parents.depthOf(agent_ix) <= depth);
  const condition = shown.length === agents.length ? 'true' : `agent_ix IN (${[0, ...shown.map(({ agent_ix }) => agent_ix)].join(',')})`;
  return { condition, depthOf: (agentIx) => parents.depthOf(agentIx) };
}
