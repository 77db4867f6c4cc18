// pi and its fork omp: a header line, then entries that form a tree by `id` and `parentId`; before
// version 2 a plain list without ids. Entries of every type are kept.

import { safeId } from '../../core/bytes/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts, SourceAdapter } from '../adapter.ts';
import { keyOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { projectOfFolder } from '../project-id.ts';
import { titled } from '../title.ts';
import { readEntryUsage, readMessage } from './message.ts';
import { accepts, defaultRoots, describe } from './path.ts';
import { piShape } from './shape.ts';
import { begin } from './state.ts';
import type { PiState } from './state.ts';
import { textOfLine } from './text.ts';

/** Entries that tell of calls beside the messages. */
const SPENDING_TYPES = new Set<string | null>(['compaction', 'branch_summary', 'usage', 'model_usage']);

export const pi: SourceAdapter<PiState> = {
  id: 'pi',
  identifies: 'tools',
  defaultRoots,
  accepts,
  describe,
  begin,
  shape: () => piShape,
  line: readLine,
  text: textOfLine,
};

function readLine(value: JsonObject, facts: LineFacts, state: PiState): void {
  facts.type = stringOf(value['type']);
  // Omp's title, in the first line, is written again in its place.
  facts.ts = timeOf(value['timestamp'] ?? value['updatedAt']);
  facts.agent = state.agent;
  if (facts.type === 'session') readHeader(value, facts, state);
  else {
    facts.uuid = ofAgent(keyOf(value['id']) ?? placeOf(facts.ts, state.records), state);
    facts.parentUuid = ofAgent(keyOf(value['parentId']), state);
    readEntry(value, facts, state);
  }
  facts.session = state.session;
  state.records += 1;
}

/** Ids are short, and only in one file told apart: a subagent is of its parent's session. */
function ofAgent(id: string | null, state: PiState): string | null {
  return id === null || state.agent === null ? id : `${state.agent}:${id}`;
}

/** Where an entry without an id stands: the same in every copy of the file's beginning. */
function placeOf(ts: number, place: number): string {
  return Number.isNaN(ts) ? `${place}` : `${place}@${ts}`;
}

/** The header's id is the session's and no entry's. */
function readHeader(value: JsonObject, facts: LineFacts, state: PiState): void {
  facts.uuid = ofAgent(placeOf(facts.ts, state.records), state);
  const id = stringOf(value['id']);
  if (id !== null && !state.certain) state.session = safeId(id);
  const cwd = stringOf(value['cwd']);
  if (cwd !== null) {
    if (!state.placed) state.project ??= projectOfFolder(cwd);
    if (state.agent === null) facts.cwd = cwd;
  }
  readTitle(value, value['titleSource'], facts, state);
}

function readEntry(value: JsonObject, facts: LineFacts, state: PiState): void {
  const message = facts.type === 'message' ? partOf(value['message']) : null;
  if (message !== null) readMessage(message, facts, state);
  else if (facts.type === 'model_change') readModel(value, facts, state);
  else if (SPENDING_TYPES.has(facts.type)) readEntryUsage(value, facts, state);
  else if (facts.type === 'title' || facts.type === 'title_change') readTitle(value, value['source'] ?? value['titleSource'], facts, state);
  else if (facts.type === 'session_info' && state.agent === null) {
    const name = stringOf(value['name']);
    if (name !== null) facts.title = titled(TITLE_RANK.chosen, name);
  }
}

function readModel(value: JsonObject, facts: LineFacts, state: PiState): void {
  facts.model = stringOf(value['modelId']) ?? stringOf(value['model']);
  if (facts.model !== null) state.model = facts.model;
}

/** Of omp: the agent's own, unless it says that the user chose it. */
function readTitle(value: JsonObject, source: unknown, facts: LineFacts, state: PiState): void {
  const title = stringOf(value['title']);
  if (title !== null && state.agent === null) facts.title = titled(source === 'user' ? TITLE_RANK.chosen : TITLE_RANK.generated, title);
}
