// What a line of pi needs to know of the lines before it in its file.

import type { PathFacts, SourceState } from '../adapter.ts';
import { UNKNOWN_PROJECT } from './path.ts';

export interface PiState extends SourceState {
  /** The session is the path's, whatever the lines say. */
  certain: boolean;
  /** The agent the file belongs to, by its path. */
  agent: string | null;
  /** The path names the project. */
  placed: boolean;
  /** The model in use; absent in states of older versions. */
  model?: string;
  /** A human prompt was seen, so the title by prompt is known. */
  prompted: boolean;
  /** Records so far: the only identity of entries before version 2. */
  records: number;
}

export function begin(path: PathFacts): PiState {
  return { session: path.session, certain: path.certain, agent: path.agent, placed: path.project !== UNKNOWN_PROJECT, prompted: false, records: 0 };
}
