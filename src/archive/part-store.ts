// Names and states of part files on disk. A part is written beside its place under a temporary name,
// renamed when it is verified, and has a marker beside it from then until the manifest lists it: so
// whatever a crash leaves behind can be told from a part that is in use.

import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isoFromMs } from '../core/time/time.ts';

/** Neither is matched by `*.parquet`, so no reader of the directory takes one for a part. */
const TEMPORARY = /^\.part-([0-9A-Za-z-]+)\.tmp$/;
const MARKER = /^\.part-([0-9A-Za-z-]+)\.pending$/;
const SPILL = /^\.spill-\d+$/;

export interface PartPlace {
  id: string;
  /** Relative to the archive directory, with `/`. */
  path: string;
  directory: string;
  temporary: string;
  marker: string;
  final: string;
}

export type LeftoverKind = 'temporary' | 'marker' | 'spill';

/** What a name in the archive directory is a leftover of; undefined for anything that is not ours. */
export function leftoverOf(name: string): { kind: LeftoverKind; id: string } | undefined {
  const temporary = TEMPORARY.exec(name);
  if (temporary !== null) return { kind: 'temporary', id: temporary[1] as string };
  const marker = MARKER.exec(name);
  if (marker !== null) return { kind: 'marker', id: marker[1] as string };
  return SPILL.test(name) ? { kind: 'spill', id: name } : undefined;
}

/** Sorts by time and is never given twice. */
export function newPartId(nowMs: number): string {
  const time = isoFromMs(nowMs).slice(0, 19).replaceAll(/[-:]/g, '');
  return `${time}-${randomBytes(6).toString('hex')}`;
}

export class PartStore {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Of the directories where DuckDB puts what does not fit into memory. Two instances must not share one. */
  get spillPrefix(): string {
    return join(this.dir, '.spill-');
  }

  place(source: string, month: string, id: string): PartPlace {
    const path = `source=${encodeURIComponent(source)}/month=${month}/${id}.parquet`;
    const final = join(this.dir, path);
    const directory = dirname(final);
    return { id, path, directory, final, temporary: join(directory, `.part-${id}.tmp`), marker: join(directory, `.part-${id}.pending`) };
  }

  async prepare(place: PartPlace): Promise<void> {
    const created = await mkdir(place.directory, { recursive: true });
    if (created === undefined) return;
    await syncDirectory(dirname(place.directory));
    await syncDirectory(this.dir);
  }

  /** Gives a verified and synced file its name. It stays marked until `listed`. `replaces`: parts that it stands for. */
  async publish(place: PartPlace, replaces: readonly string[] = []): Promise<void> {
    await writeFile(place.marker, replaces.length === 0 ? '' : JSON.stringify(replaces));
    await rename(place.temporary, place.final);
    await syncDirectory(place.directory);
  }

  async listed(place: PartPlace): Promise<void> {
    await rm(place.marker, { force: true });
  }

  /** Only for parts that are in no manifest, and whose lines are in another part. */
  async removeParts(paths: readonly string[]): Promise<void> {
    for (const path of paths) await rm(join(this.dir, path), { force: true });
  }

  /** Only for a part that is certainly in no manifest. */
  async discard(place: PartPlace): Promise<void> {
    await rm(place.temporary, { force: true });
    await rm(place.final, { force: true });
    await rm(place.marker, { force: true });
  }
}

/** The parts that a marked one stands for. A marker that was cut short by a crash names none. */
export function replacedBy(marker: string): string[] {
  try {
    return marker === '' ? [] : (JSON.parse(marker) as string[]);
  } catch {
    return [];
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory for this, and needs no such sync.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
