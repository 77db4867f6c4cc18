// What a Copilot CLI line needs to know of the lines before it in its file. Small and bounded.

import type { PathFacts, SourceState } from '../adapter.ts';

export interface CopilotState extends SourceState {
  /** The model in use. */
  model: string | null;
  cwd: string | null;
  /** A human prompt was seen, so the title by prompt is known. */
  prompted: boolean;
  /** Output tokens that messages told of since the process began, by model. */
  spoken: { model: string | null; output: number }[];
  /** The last call a message told of, and its output. */
  last: { call: string; output: number } | null;
  /** Agents that go by an id of their own, with the tool call that started each; newest last. */
  agents: { id: string; call: string }[];
}

const MAX_MODELS = 64;
const MAX_AGENTS = 64;

export function begin(path: PathFacts): CopilotState {
  return { session: path.session, model: null, cwd: null, prompted: false, spoken: [], last: null, agents: [] };
}

/** A process begins: what was said before is no part of what it will tell when it ends. */
export function beginProcess(state: CopilotState): void {
  state.spoken = [];
  state.last = null;
}

/** A call's tokens, told once or, growing, several times in a row. */
export function speak(state: CopilotState, model: string | null, call: string, output: number): void {
  const before = state.last?.call === call ? state.last.output : 0;
  state.last = { call, output: Math.max(before, output) };
  const known = state.spoken.find((spoken) => spoken.model === model);
  const more = Math.max(0, output - before);
  if (known !== undefined) known.output += more;
  else if (state.spoken.length < MAX_MODELS) state.spoken.push({ model, output: more });
}

export function enterAgent(state: CopilotState, id: string, call: string): void {
  state.agents = state.agents.filter((agent) => agent.id !== id);
  state.agents.push({ id, call });
  if (state.agents.length > MAX_AGENTS) state.agents.shift();
}
