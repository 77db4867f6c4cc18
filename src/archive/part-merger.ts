// Makes one part of several, or of one whose files have other names by now. The old ones are compared with
// what the manifest says of them first: damage is never carried over into a part that looks whole.

import { join } from 'node:path';
import type { ArchiveManifest, ListedSegment, NewPart } from '../core/archive-port.ts';
import type { Clock } from '../core/time/clock.ts';
import { LakeError } from '../core/errors.ts';
import { fileId, fileIxOf } from '../core/file-entry.ts';
import type { ConvertPool } from './convert-pool.ts';
import { hashFile } from './part-file.ts';
import { newPartId } from './part-store.ts';
import type { PartStore } from './part-store.ts';
import { publishPart } from './publish-part.ts';

export interface MergerParts {
  manifest: ArchiveManifest;
  pool: ConvertPool;
  store: PartStore;
  clock: Clock;
}

export interface MergeInput {
  id: string;
  path: string;
  source: string;
  month: string;
  sha256: string;
  /** `there`: the file's name in this part, where it is another one than now. */
  segments: readonly (ListedSegment & { there?: string })[];
}

export class PartMerger {
  private readonly parts: MergerParts;

  constructor(parts: MergerParts) {
    this.parts = parts;
  }

  /** Inputs of one source and month. Throws `archive` where one of them is damaged, before anything is changed. */
  async merge(inputs: readonly MergeInput[]): Promise<NewPart> {
    const { manifest, pool, store, clock } = this.parts;
    const { source, month } = inputs[0] as MergeInput;
    for (const { path, sha256 } of inputs) {
      if ((await hashFile(join(store.dir, path))) !== sha256) throw new LakeError('archive', `${path} is damaged: it is not what was written.`, { hint: 'sessionlake doctor --repair' });
    }
    const place = store.place(source, month, newPartId(clock.now()));
    await store.prepare(place);
    const sources = inputs.map(({ path, segments }) => ({
      path: join(store.dir, path),
      segments: segments.map(({ there, fileIx, root, from, to }) => ({ there: there ?? fileId(fileIx), fileId: fileId(fileIx), root, from, to })),
    }));
    const { segments, ...merged } = await pool.merge({ parts: sources, target: place.temporary, spillPrefix: store.spillPrefix });
    const before = inputs.flatMap((input) => input.segments);
    const part: NewPart = {
      id: place.id, path: place.path, source, month, ...merged,
      segments: segments.map(({ fileId: id, from, to, lines }) => {
        const last = before.find((segment) => fileId(segment.fileIx) === id && segment.to === to);
        return { fileIx: fileIxOf(id) ?? 0, from, to, lines, adapterState: last?.adapterState ?? '' };
      }),
    };
    await publishPart(store, manifest, part, place, inputs);
    return part;
  }
}
