// What a line of pi needs to know of the lines before it in its file.

import type { PathFacts, SourceState } from '../adapter.ts';

export interface PiState extends SourceState {
  /** The session is the path's, whatever the lines say. */
  certain: boolean;
  /** The agent the file belongs to, by its path. */
  agent: string | null;
  /** A human prompt was seen, so the title by prompt is known. */
  prompted: boolean;
  /** Records so far: the only identity of entries before version 2. */
  records: number;
}

export function begin(path: PathFacts): PiState {
  return { session: path.session, certain: path.certain, agent: path.agent, prompted: false, records: 0 };
}
