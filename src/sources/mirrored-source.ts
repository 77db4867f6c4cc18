// A source that is known by mirrored logs alone: each log is a session, or in a session's folder one of its
// subagents; each line is a version of an item.

import { safeId } from '../core/bytes/safe-id.ts';
import type { SourceId } from '../core/settings/source-id.ts';
import type { Environment, JsonObject, LineFacts, SourceAdapter } from './adapter.ts';
import { mirroredItem } from './mirrored.ts';
import { beginSession, placeLine } from './own-session.ts';
import type { OwnSession } from './own-session.ts';
import { tellVersion } from './versions.ts';

interface MirroredSourceParts {
  id: SourceId;
  identifies: 'tools' | 'nothing';
  defaultRoots(environment: Environment): string[];
  /** Every folder where this is absent. */
  enters?(folder: string): boolean;
  /** Reads one item into `facts`, which say whose line it is already. `observedMs`: when the document was written. */
  read(item: JsonObject, observedMs: number, facts: LineFacts, state: OwnSession): void;
  text(item: JsonObject): string | null;
}

/** Paths tell no project: until a line tells a folder it is named like the source. */
export function mirroredSource({ id, identifies, read, text, ...places }: MirroredSourceParts): SourceAdapter<OwnSession> {
  return {
    id,
    ...places,
    versions: true,
    identifies,
    accepts: (path) => (/^([^/]+\/)?[^/]+\.jsonl$/.test(path) ? 'source' : 'other'),
    describe: (_root, path) => ({ project: id, certain: true, ...placeOf(path) }),
    begin: beginSession,
    shape: () => null,
    line(value, facts, state) {
      placeLine(facts, state, null);
      const mirrored = mirroredItem(value);
      if (mirrored === null) return;
      facts.uuid = mirrored.key;
      read(mirrored.item, mirrored.observedMs, facts, state);
      tellVersion(facts, state.versions);
    },
    text: (value) => text(mirroredItem(value)?.item ?? value),
  };
}

function placeOf(path: string): { session: string; agent: string | null } {
  const [first = '', second] = path.replace(/\.jsonl$/, '').split('/');
  return second === undefined ? { session: safeId(first), agent: null } : { session: safeId(first), agent: safeId(second) };
}
