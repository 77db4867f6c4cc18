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
  linesAfter: number;
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
      else if (named.segment.to > endOf(chain)) goOn(chain, named);
    }
    files.push(...chains);
  }
  return files;
}

/** Those whose path a later generation has. */
export function replacedFiles(files: readonly ArchivedFile[]): Set<ArchivedFile> {
  const placeOf = ({ source, root, path }: ArchivedFile): string => [source, root ?? '', path].join('\n');
  const newest = new Map<string, number>();
  for (const file of files) newest.set(placeOf(file), Math.max(file.generation, newest.get(placeOf(file)) ?? 0));
  return new Set(files.filter((file) => file.generation < (newest.get(placeOf(file)) ?? 0)));
}

/** Segments that may be of one file: an index gives a number once. */
function groups(parts: readonly DescribedPart[]): Iterable<Named[]> {
  const byNumber = new Map<string, Named[]>();
  for (const { path: part, source, segments } of parts) {
    for (const segment of segments) {
      const number = `${source}\n${segment.fileId}`;
      byNumber.set(number, [...(byNumber.get(number) ?? []), { source, part, segment }]);
    }
  }
  return byNumber.values();
}

async function chainFor(chains: readonly ArchivedFile[], named: Named, agree: Agree): Promise<ArchivedFile | null> {
  for (const chain of chains) {
    if ((hasSameName(chain, named.segment) || wasMoved(chain, named.segment)) && (await fits(chain, pieceOf(named), agree))) return chain;
  }
  return null;
}

/** Parts of an older kind do not tell the root: theirs go with the first that is told. */
function hasSameName({ path, generation, root }: ArchivedFile, segment: DescribedSegment): boolean {
  return path === segment.path && generation === segment.generation && (root === null || segment.root === null || root === segment.root);
}

/** Under another path it goes on where this one ends, or repeats some of it: it was moved between two archive runs. */
function wasMoved(chain: ArchivedFile, { birthMs, from, linesBefore }: DescribedSegment): boolean {
  const end = endOf(chain);
  return birthMs > 0 && birthMs === chain.birthMs && (from < end || (from === end && linesBefore === chain.pieces.at(-1)?.linesAfter));
}

/** A file is where its last bytes are. */
function goOn(chain: ArchivedFile, named: Named): void {
  const { project, root, path, generation, from } = named.segment;
  chain.pieces.push({ ...pieceOf(named), from: Math.max(from, endOf(chain)) });
  Object.assign(chain, { project, root: root ?? chain.root, path, generation });
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

function pieceOf({ part, segment: { fileId, from, to, linesBefore, lines, stateBefore } }: Named): FilePiece {
  return { part, fileId, from, to, linesBefore, linesAfter: linesBefore + lines, stateBefore };
}

export function endOf(file: ArchivedFile): number {
  return file.pieces.at(-1)?.to ?? 0;
}
