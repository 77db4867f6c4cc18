// A record that was written again is shown and counted once, as it was written last.

import { FLAG } from '../../core/scan-batch.ts';
import { adapterOf } from '../../sources/registry.ts';
import type { Directories } from '../names/directories.ts';

/** A condition on `records`. */
export const NEWEST_VERSION = `NOT EXISTS (SELECT 1 FROM records newer WHERE newer.session_ix = records.session_ix AND newer.agent_ix = records.agent_ix AND newer.uuid = records.uuid
  AND newer.lake_offset > records.lake_offset AND newer.flags & ${FLAG.replaces} <> 0)`;

/** Whether the condition can leave anything out: of a session, else of the lake. */
export function hasVersions(names: Directories, session?: number): boolean {
  const sources = session === undefined ? [...names.sessions.sources] : [names.sessions.at(session)?.source];
  return sources.some((source) => source !== undefined && adapterOf(source).versions === true);
}
