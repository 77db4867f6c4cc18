// Which files unlisted parts hold, put together from what each part says of itself. The same bytes may be in
// two parts (of a merge that was cut short, or of an index that archived them again): they are taken once.
// Pieces that contradict one another are of different files, whatever name they have.

import type { DescribedSegment } from './part-metadata.ts';
import type { LinePiece } from './part-lines.ts';

export interface DescribedPart {
  /** Relative to the archive directory. */
  path: string;
  source: string;
  segments: readonly DescribedSegment[];
}

export interface FilePiece extends LinePiece {
  linesBefore: number;
  /** Null where it is not known. */
  stateBefore: string | null;
}

export interface ArchivedFile extends Pick<DescribedSegment, 'fileId' | 'project' | 'root' | 'path' | 'generation' | 'birthMs' | 'session'> {
  source: string;
  /** In order; between two there may be a hole, but they never overlap. */
  pieces: FilePiece[];
}

type Agree = (a: LinePiece, b: LinePiece, from: number, to: number) => Promise<boolean>;

interface Named {
  source: string;
  part: string;
  segment: DescribedSegment;
}

/** In the order in which the parts name them. */
export async function archivedFiles(parts: readonly DescribedPart[], agree: Agree): Promise<ArchivedFile[]> {
  const files: ArchivedFile[] = [];
  for (const group of groups(parts)) {
    const chains: ArchivedFile[] = [];
    const ordered = group.toSorted((a, b) => a.segment.from - b.segment.from || b.segment.to - a.segment.to || a.part.localeCompare(b.part));
    for (const named of ordered) {
      const chain = await chainFor(chains, named, agree);
      if (chain === null) chains.push(fileOf(named));
      else if (named.segment.to > endOf(chain)) chain.pieces.push({ ...pieceOf(named), from: Math.max(named.segment.from, endOf(chain)) });
    }
    files.push(...chains);
  }
  return files;
}

/** Segments that may be of one file. Parts of an older kind do not tell the root: theirs go with the first that is told. */
function groups(parts: readonly DescribedPart[]): Named[][] {
  const byName = new Map<string, Named[]>();
  for (const { path: part, source, segments } of parts) {
    for (const segment of segments) {
      const { fileId, path, generation } = segment;
      const name = [source, fileId, generation, path].join('\n');
      byName.set(name, [...(byName.get(name) ?? []), { source, part, segment }]);
    }
  }
  const split: Named[][] = [];
  for (const named of byName.values()) {
    const roots = new Set(named.map(({ segment }) => segment.root).filter((root) => root !== null));
    const [first = null, ...others] = roots;
    split.push(named.filter(({ segment }) => segment.root === null || segment.root === first));
    for (const other of others) split.push(named.filter(({ segment }) => segment.root === other));
  }
  return split;
}

async function chainFor(chains: readonly ArchivedFile[], named: Named, agree: Agree): Promise<ArchivedFile | null> {
  for (const chain of chains) {
    if (await fits(chain, pieceOf(named), agree)) return chain;
  }
  return null;
}

/** Where both have bytes, they are the same bytes. */
async function fits(chain: ArchivedFile, piece: FilePiece, agree: Agree): Promise<boolean> {
  for (const other of chain.pieces) {
    const from = Math.max(other.from, piece.from);
    const to = Math.min(other.to, piece.to);
    if (from < to && !(await agree(other, piece, from, to))) return false;
  }
  return true;
}

function fileOf(named: Named): ArchivedFile {
  const { fileId, project, root, path, generation, birthMs, session } = named.segment;
  return { source: named.source, fileId, project, root, path, generation, birthMs, session, pieces: [pieceOf(named)] };
}

function pieceOf({ part, segment: { fileId, from, to, linesBefore, stateBefore } }: Named): FilePiece {
  return { part, fileId, from, to, linesBefore, stateBefore };
}

export function endOf(file: ArchivedFile): number {
  return file.pieces.at(-1)?.to ?? 0;
}
