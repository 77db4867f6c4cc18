// The state of sources whose files are one session each, by their path or by what a line says.

import { safeId } from '../core/bytes/safe-id.ts';
import { TITLE_RANK } from './adapter.ts';
import type { LineFacts, PathFacts, SourceState } from './adapter.ts';
import { projectOfFolder } from './project-id.ts';
import { titled } from './title.ts';
import type { Versions } from './versions.ts';

export interface OwnSession extends SourceState {
  session: string;
  /** The session is the path's, whatever the lines say. */
  certain: boolean;
  agent: string | null;
  cwd: string | null;
  /** The title by the first prompt is known. */
  prompted: boolean;
  /** Of sources that write records again. */
  versions: Versions;
}

export function beginSession(path: PathFacts): OwnSession {
  return { session: path.session, certain: path.certain, agent: path.agent, cwd: null, prompted: false, versions: [] };
}

/** Whose line it is; a session that the line names counts unless the path decides. */
export function placeLine(facts: LineFacts, state: OwnSession, named: string | null): void {
  if (named !== null && !state.certain) state.session = safeId(named);
  facts.session = state.session;
  facts.agent = state.agent;
}

/** Told when it changes. */
export function tellFolder(facts: LineFacts, state: OwnSession, cwd: string | null): void {
  if (cwd === null || cwd === state.cwd) return;
  state.cwd = cwd;
  facts.cwd = cwd;
}

/** As `tellFolder`, where no path names a project: it is made of the first folder. A session's folder is its main thread's. */
export function tellPlace(facts: LineFacts, state: OwnSession, cwd: string | null): void {
  if (cwd === null) return;
  state.project ??= projectOfFolder(cwd);
  if (state.agent === null) tellFolder(facts, state, cwd);
}

/** The first prompt of a main thread is its title until there is a better one. */
export function tellPrompt(facts: LineFacts, state: OwnSession, prompt: string | null): void {
  if (state.agent !== null || prompt === null || prompt.trim() === '') return;
  facts.prompt = true;
  if (state.prompted) return;
  state.prompted = true;
  facts.title = titled(TITLE_RANK.prompt, prompt);
}
