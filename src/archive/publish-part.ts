// From a verified file under its temporary name to a part that readers see: named, then listed, in place of
// those it replaces. A crash in between leaves a marker, by which the next start knows what was under way.

import type { ArchiveManifest, NewPart } from '../core/archive-port.ts';
import type { PartPlace, PartStore } from './part-store.ts';

export interface Replaced {
  id: string;
  /** Relative to the archive directory. */
  path: string;
}

/** `replaced`: parts whose lines are all in this one. Throws where it is not listed; nothing of it is left then. */
export async function publishPart(store: PartStore, manifest: ArchiveManifest, part: NewPart, place: PartPlace, replaced: readonly Replaced[] = []): Promise<void> {
  const ids = replaced.map(({ id }) => id);
  const paths = replaced.map(({ path }) => path);
  try {
    await store.publish(place, paths);
  } catch (error) {
    await store.discard(place);
    throw error;
  }
  try {
    await manifest.add(part, ids);
  } catch (error) {
    // A commit that throws may be durable all the same, so only the manifest can tell. If it cannot
    // be asked either, the file stays marked and the next start decides.
    const listed = (await manifest.parts()).some(({ id }) => id === part.id);
    if (!listed) {
      await store.discard(place);
      throw error;
    }
  }
  await store.removeParts(paths);
  await store.listed(place);
}
