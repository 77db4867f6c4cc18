// Sessions that are named after their files. Two roots may hold the same relative path, and x.jsonl may lie
// beside x.ndjson: the first file that comes to a name keeps it, any other gets it with a hash of where it
// lies. A path has the same name whatever file stands there, so what is rotated or rewritten goes on in its
// session. Nothing of this is stored but the name in each file's adapter state.

import { createHash } from 'node:crypto';
import type { FileEntry } from '../core/file-entry.ts';
import type { SourceState } from '../sources/adapter.ts';
import { adapterOf, adapters } from '../sources/registry.ts';

type Place = Pick<FileEntry, 'source' | 'root' | 'path'>;

export class SessionNames {
  /** Places that have a name; a root alone for a file that moved on from the place it was named after. */
  private readonly owners = new Map<string, Set<string>>();

  /** A file that has its name already. */
  remember(entry: FileEntry): void {
    // One that another version of the program knew is left alone.
    const adapter = adapters().find(({ id }) => id === entry.source);
    if (adapter?.ownName === undefined) return;
    const plain = adapter.describe(entry.root, entry.path).session;
    const name = entry.adapterState === '' ? plain : adapter.ownName(JSON.parse(entry.adapterState) as SourceState);
    this.own(entry.source, name, name === plain || name === hashedName(plain, entry) ? placeKey(entry) : entry.root);
  }

  /** The adapter's state at the beginning of a new file; empty where its path says enough. */
  begin(place: Place): string {
    const adapter = adapterOf(place.source);
    if (adapter.ownName === undefined) return '';
    const facts = adapter.describe(place.root, place.path);
    const owners = this.owners.get(keyOf(place.source, facts.session));
    const isPlain = owners === undefined || owners.has(placeKey(place)) || owners.has(place.root);
    const name = isPlain ? facts.session : hashedName(facts.session, place);
    this.own(place.source, name, placeKey(place));
    return isPlain ? '' : JSON.stringify(adapter.begin({ ...facts, session: name }));
  }

  private own(source: string, name: string, owner: string): void {
    const key = keyOf(source, name);
    this.owners.set(key, (this.owners.get(key) ?? new Set()).add(owner));
  }
}

function keyOf(source: string, name: string): string {
  return `${source}\n${name}`;
}

function placeKey({ root, path }: Place): string {
  return `${root}\n${path}`;
}

function hashedName(plain: string, place: Place): string {
  return `${plain}~${createHash('sha256').update(placeKey(place)).digest('hex').slice(0, 12)}`;
}
