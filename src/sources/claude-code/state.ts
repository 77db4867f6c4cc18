// What a Claude Code line needs to know of the lines before it in its file. Small and bounded: it is
// saved with every commit of the file.

import type { Id } from '../../core/id-bytes.ts';
import { safeId } from '../../core/bytes/safe-id.ts';
import type { PathFacts, SourceState } from '../adapter.ts';

export interface ClaudeState extends SourceState {
  /** The session of the last line that named one; the path's before that. */
  session: string;
  /** The session is the path's, whatever the lines say. */
  certain: boolean;
  /** The agent the file belongs to, by its path. */
  agent: string | null;
  /** The workflow's run that the file is part of. */
  run?: string;
  cwd: string | null;
  /** A human prompt was seen, so the title by prompt is known. */
  prompted: boolean;
  /** Inline sidechains of 1.x: the latest uuids and whose they are, as safe ids, newest last. */
  chains: { agent: string; uuid: string }[];
}

/**
 * Uuids remembered: the newest of each chain, so that parallel subagents are told apart (more of them
 * than any 1.x session ran), and some before it, because results of parallel tool calls branch off there.
 */
const MAX_UUIDS = 64;

export function begin(path: PathFacts): ClaudeState {
  return { session: path.session, certain: path.certain, agent: path.agent, ...(path.run === undefined ? {} : { run: path.run }), cwd: null, prompted: false, chains: [] };
}

/** What was told of one session says nothing about the next one in the file. */
export function enterSession(state: ClaudeState, session: string): void {
  if (session !== state.session) {
    state.cwd = null;
    state.prompted = false;
  }
  // Also where it says the same: the next line's is then the same string, and comparing costs nothing.
  state.session = session;
}

/** The agent of an inline sidechain line: the chain it goes on, or a new one named after its first line. */
export function chainAgent(state: ClaudeState, uuid: Id | null, parent: Id | null): string {
  const before = parent === null ? null : safeText(parent);
  const known = before === null ? undefined : (state.chains.findLast((chain) => chain.uuid === before) ?? state.chains.at(-1));
  const agent = known?.agent ?? safeId(`inline-${uuid?.toString() ?? 'unnamed'}`);
  if (uuid !== null) {
    state.chains.push({ agent, uuid: safeText(uuid) });
    if (state.chains.length > MAX_UUIDS) forgetOne(state.chains);
  }
  return agent;
}

function safeText(id: Id): string {
  return typeof id === 'string' ? safeId(id) : id.toString();
}

/** The oldest that is not the newest of its chain; of chains alone, the one quiet for longest. */
function forgetOne(chains: ClaudeState['chains']): void {
  const at = chains.findIndex(({ agent }, i) => chains.findLastIndex((other) => other.agent === agent) !== i);
  chains.splice(Math.max(0, at), 1);
}
