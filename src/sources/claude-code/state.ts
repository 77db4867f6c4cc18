// What a Claude Code line needs to know of the lines before it in its file. Small and bounded: it is
// saved with every commit of the file.

import { safeId } from '../../core/safe-id.ts';
import type { PathFacts, SourceState } from '../adapter.ts';

export interface ClaudeState extends SourceState {
  /** The session of the last line that named one; the path's before that. */
  session: string;
  /** The session is the path's, whatever the lines say. */
  certain: boolean;
  /** The agent the file belongs to, by its path. */
  agent: string | null;
  cwd: string | null;
  /** A human prompt was seen, so the title by prompt is known. */
  prompted: boolean;
  /** Inline sidechains of 1.x: the last uuid of each open chain, as a safe id, newest last. */
  chains: { agent: string; last: string }[];
}

/** Parallel inline subagents that can be told apart; more than any 1.x session ran. */
const MAX_CHAINS = 64;

export function begin(path: PathFacts): ClaudeState {
  return { session: path.session, certain: path.certain, agent: path.agent, cwd: null, prompted: false, chains: [] };
}

/** The agent of an inline sidechain line: the chain it goes on, or a new one named after its first line. */
export function chainAgent(state: ClaudeState, uuid: string | null, parent: string | null): string {
  const before = parent === null ? null : safeId(parent);
  const at = before === null ? -1 : state.chains.findIndex((chain) => chain.last === before);
  const known = at === -1 ? (parent === null ? undefined : state.chains.at(-1)) : state.chains.splice(at, 1)[0];
  const agent = known?.agent ?? safeId(`inline-${uuid ?? 'unnamed'}`);
  if (uuid !== null) {
    state.chains.push({ agent, last: safeId(uuid) });
    if (state.chains.length > MAX_CHAINS) state.chains.shift();
  }
  return agent;
}
