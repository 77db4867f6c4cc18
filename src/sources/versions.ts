// Records that are written again when they change. What of one was told before is in the file's state, so
// that a newer version adds what is new and nothing twice.

import type { LineFacts } from './adapter.ts';

/** By uuid, the newest last. */
export type Versions = { uuid: string; tools: number; error: boolean }[];

/** Versions of one record follow one another closely: while it is written, others hardly come between. */
const MAX_VERSIONS = 32;

/** Called when the facts are complete: the line is this record, or a newer version of it. */
export function tellVersion(facts: LineFacts, versions: Versions): void {
  const uuid = facts.uuid?.toString();
  if (uuid === undefined) return;
  facts.replaces = true;
  const known = versions.findIndex((version) => version.uuid === uuid);
  const [before] = known === -1 ? [] : versions.splice(known, 1);
  if (before !== undefined) facts.version = { tools: before.tools, error: before.error };
  versions.push({ uuid, tools: Math.max(facts.tools.length, before?.tools ?? 0), error: facts.error || before?.error === true });
  if (versions.length > MAX_VERSIONS) versions.shift();
}
