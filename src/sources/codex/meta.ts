// A thread's own word on itself. The first meta record of a file is its own; the same again changes
// nothing; one of another thread is part of a history that was copied.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { JsonObject, LineFacts } from '../adapter.ts';
import { objectOf, stringOf } from '../json-value.ts';
import { projectOfFolder } from '../project-id.ts';
import type { CodexState } from './state.ts';

/** Before there were envelopes, a first line without a type was the meta record. */
export function isFirstBareMeta(value: JsonObject, state: CodexState): boolean {
  return state.records === 0 && value['type'] === undefined && value['record_type'] === undefined && stringOf(value['id']) !== null;
}

export function readMeta(meta: JsonObject, facts: LineFacts, state: CodexState): void {
  facts.type = 'session_meta';
  const id = stringOf(meta['id']);
  if (id === null) return;
  if (state.thread === null) readOwn(id, meta, facts, state);
  else if (id !== state.thread) {
    state.lineage = id;
    state.copied = state.inherits;
  }
}

/** A spawned thread is a subagent of the session at its root; a fork is a session of its own. */
function readOwn(id: string, meta: JsonObject, facts: LineFacts, state: CodexState): void {
  state.thread = id;
  const origin = stringOf(meta['forked_from_id']);
  const parent = parentOf(meta);
  state.lineage = origin ?? id;
  state.inherits = parent !== null || origin !== null;
  state.session = safeId(parent === null ? id : (rootOf(id, meta) ?? parent));
  state.agent = parent === null ? null : safeId(id);
  const cwd = stringOf(meta['cwd']);
  if (cwd === null) return;
  state.cwd = cwd;
  state.project = projectOfFolder(cwd);
  if (parent === null) facts.cwd = cwd;
}

function parentOf(meta: JsonObject): string | null {
  const subagent = objectOf(meta['source'])?.['subagent'];
  if (subagent === undefined && meta['thread_source'] !== 'subagent') return null;
  return stringOf(objectOf(objectOf(subagent)?.['thread_spawn'])?.['parent_thread_id']) ?? stringOf(meta['parent_thread_id']);
}

/** Newer versions name the session that all threads below one root share. */
function rootOf(id: string, meta: JsonObject): string | null {
  const session = stringOf(meta['session_id']);
  return session === id ? null : session;
}
