// Where logs are that were moved since they were archived, as agents do with old ones: found by when they were born,
// and known by what they hold.

import type { ArchivedFile } from '../../archive/adoption-plan.ts';
import type { PartLines } from '../../archive/part-lines.ts';
import { discover, resolveRoot } from '../../ingest/discover.ts';
import { emptyDiscovery } from '../../ingest/discovery.ts';
import type { FoundFile } from '../../ingest/discovery.ts';
import { freshFingerprint } from '../../ingest/identity.ts';
import { openHolding } from './source-copy.ts';

export class MovedSources {
  private readonly rootsOf: (source: string) => readonly string[];
  /** Paths that the archive knows: what is there is not asked for twice. */
  private readonly taken: Set<string>;
  /** By source and birth; listed when first asked for. */
  private readonly born = new Map<string, Map<number, FoundFile[]>>();

  constructor(rootsOf: (source: string) => readonly string[], files: readonly ArchivedFile[]) {
    this.rootsOf = rootsOf;
    this.taken = new Set(files.map(({ source, path }) => `${source}/${path}`));
  }

  /** Of a file that is not where it was: under the name it has now, or as it is. */
  async find(file: ArchivedFile, lines: PartLines): Promise<ArchivedFile> {
    if (file.birthMs <= 0) return file;
    for (const { root, path, absolute } of (await this.bornOf(file.source)).get(file.birthMs) ?? []) {
      const place = `${file.source}/${path}`;
      if (this.taken.has(place)) continue;
      const copy = await openHolding(absolute, file, lines);
      if (copy === null || copy === 'other') continue;
      copy.close();
      this.taken.add(place);
      return { ...file, root: root.path, path };
    }
    return file;
  }

  private async bornOf(source: string): Promise<Map<number, FoundFile[]>> {
    const known = this.born.get(source);
    if (known !== undefined) return known;
    const found = emptyDiscovery();
    for (const path of this.rootsOf(source)) {
      const root = await resolveRoot({ source, path });
      await discover(root, root.path, found, {});
    }
    const born = new Map<number, FoundFile[]>();
    for (const file of found.files) {
      const { birthMs } = freshFingerprint(file.stats);
      const others = born.get(birthMs);
      if (others === undefined) born.set(birthMs, [file]);
      else others.push(file);
    }
    this.born.set(source, born);
    return born;
  }
}
