// Takes parts that the manifest does not list into the index: their lines become its lines, their files its
// files, and only then they are listed. So an index that was lost is made again from the archive alone, with
// what no log has any more. Cut short at any moment, it goes on at the next start where it was.

import { existsSync } from 'node:fs';
import { copyFile, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { archivedFiles, replacedFiles } from '../../archive/adoption-plan.ts';
import type { ArchivedFile } from '../../archive/adoption-plan.ts';
import { footerRows, hashFile } from '../../archive/part-file.ts';
import type { MergeInput } from '../../archive/part-merger.ts';
import { PartLines } from '../../archive/part-lines.ts';
import { openScratch } from '../../archive/scratch.ts';
import type { Scratch } from '../../archive/scratch.ts';
import { describeParts, isSetAside, unlistedPaths } from '../../archive/unlisted-parts.ts';
import type { UnlistedPart } from '../../archive/unlisted-parts.ts';
import type { ArchiveManifest } from '../../core/archive-port.ts';
import type { CommitOp, CommitSink } from '../../core/commit-op.ts';
import { messageOf } from '../../core/errors.ts';
import { fileId, fileIxOf } from '../../core/file-entry.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { Logger } from '../../core/logger.ts';
import { hashBytes } from '../../ingest/identity.ts';
import { AdoptedFile } from './adopted-file.ts';
import type { AdoptedSegment, AdoptionSettings } from './adopted-file.ts';
import { MovedSources } from './moved-sources.ts';
import { openHolding } from './source-copy.ts';

/** A commit takes this much, or so many files. */
const COMMIT_BYTES = 4 * 1024 * 1024;
const COMMIT_OPS = 256;
const TAIL_BYTES = 256;
const NEWLINE = 0x0a;

export interface AdopterDeps extends AdoptionSettings {
  dir: string;
  tempDir: string;
  manifest: ArchiveManifest;
  sink: CommitSink;
  /** Where the logs of a source may be. */
  rootsOf: (source: string) => readonly string[];
  /** Lists a part as another one, which holds these segments alone, and files in it have the names that they have now. */
  renumber: (part: MergeInput) => Promise<unknown>;
  logger: Logger;
}

export class Adopter {
  private readonly deps: AdopterDeps;
  private entries: FileEntry[] = [];
  /** Of the files that were taken over, by their number. */
  private readonly roots = new Map<number, string>();
  private readonly segments = new Map<string, AdoptedSegment[]>();
  /** Parts with a stretch of which only some is listed: the rest is in no other part. */
  private readonly torn = new Set<string>();
  private ops: CommitOp[] = [];
  private bytes = 0;

  constructor(deps: AdopterDeps) {
    this.deps = deps;
  }

  /** Only while nothing else writes. Ends early, with nothing half done, when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { dir, tempDir, manifest, sink, logger } = this.deps;
    const found = await unlistedPaths(dir, new Set((await manifest.parts()).map((part) => part.path)));
    if (found.length === 0) return;
    this.entries = [];
    await sink.files((file) => void this.entries.push(file));
    const paths = this.entries.length === 0 ? found : found.filter((path) => !isSetAside(path));
    if (paths.length === 0) return;
    logger.warn({ parts: paths.length }, 'the archive holds parts that the index does not know; their lines are taken into it');
    const scratch = await openScratch(join(tempDir, 'adopt'));
    try {
      const { parts, unreadable } = await describeParts(scratch.connection, dir, paths, signal);
      if (signal.aborted) return;
      for (const part of unreadable) logger.error({ ...part }, 'a part of the archive cannot be read; it is left alone');
      await this.adopt(parts, scratch, signal);
    } finally {
      scratch.close();
    }
  }

  private async adopt(parts: readonly UnlistedPart[], scratch: Scratch, signal: AbortSignal): Promise<void> {
    const lines = new PartLines(scratch.connection, this.deps.dir);
    const failed = new Set<string>();
    const files = await archivedFiles(parts, (a, b, from, to) => lines.agree(a, b, from, to));
    const replaced = replacedFiles(files);
    const moved = new MovedSources(this.deps.rootsOf, files);
    for (const file of files) {
      if (signal.aborted) return;
      try {
        await this.adoptFile(file, replaced.has(file), moved, lines, signal);
      } catch (error) {
        this.deps.logger.error({ path: file.path, error: messageOf(error) }, 'a file of an unlisted part could not be taken into the index');
        for (const { part } of file.pieces) failed.add(part);
      }
    }
    await this.adoptSidecars(parts);
    await this.commit();
    for (const part of parts) {
      if (signal.aborted) return;
      if (!failed.has(part.path) || this.segments.has(part.path)) await this.list(part, scratch, failed.has(part.path));
    }
  }

  private async adoptFile(archived: ArchivedFile, isReplaced: boolean, moved: MovedSources, lines: PartLines, signal: AbortSignal): Promise<void> {
    const isThere = isReplaced || existsSync(join(this.rootOf(archived), archived.path));
    const file = isThere ? archived : await moved.find(archived, lines);
    const root = this.rootOf(file);
    const known = await this.knownAs(file, root, lines);
    const there = isReplaced ? null : await openHolding(`${root}/${file.path}`, file, lines);
    const copy = there === 'other' ? null : there;
    // Where other bytes are there, whoever looks there next finds that it was replaced.
    const state = isReplaced || known?.state === 'replaced' ? 'replaced' : there === 'other' ? 'present' : 'gone';
    try {
      const adopted = new AdoptedFile(file, known?.fileIx ?? this.numberFor(file), root, { copy, state }, this.deps);
      this.roots.set(adopted.entry.fileIx, root);
      const stored = known?.offset ?? 0;
      for await (const op of adopted.ops(lines, stored)) {
        if (signal.aborted) return;
        if (op.firstByte >= stored) await this.push(op, op.bytes.length);
      }
      if (copy !== null && known?.state !== 'present' && adopted.entry.offset >= stored) await this.push({ kind: 'file', file: adopted.entry }, 0);
      await this.note(adopted.listed, known !== null);
    } finally {
      copy?.close();
    }
  }

  /** What was read beside the logs, unless it was read again since. */
  private async adoptSidecars(parts: readonly UnlistedPart[]): Promise<void> {
    const known = new Set((await this.deps.sink.sidecars()).map(({ root, path }) => `${root}/${path}`));
    for (const sidecar of parts.flatMap((part) => part.sidecars)) {
      const place = `${sidecar.root}/${sidecar.path}`;
      if (known.has(place)) continue;
      known.add(place);
      await this.push({ kind: 'sidecar', sidecar }, 0);
    }
  }

  private rootOf({ source, root, path }: ArchivedFile): string {
    const candidates = [...(root === null ? [] : [root]), ...this.deps.rootsOf(source)];
    const known = this.entries.find((entry) => entry.source === source && entry.path === path && (root === null || entry.root === root));
    return known?.root ?? candidates.find((candidate) => existsSync(join(candidate, path))) ?? candidates[0] ?? `/${source}`;
  }

  /** The file in the index that these bytes are of: taken there by an adoption that was cut short, or read from its source. */
  private async knownAs(file: ArchivedFile, root: string, lines: PartLines): Promise<FileEntry | null> {
    for (const entry of this.entries) {
      if (entry.source !== file.source || entry.path !== file.path || entry.root !== root || this.roots.has(entry.fileIx)) continue;
      if (await agrees(entry, file, lines, this.deps.manifest)) return entry;
    }
    return null;
  }

  /** As it was, where nobody has that number. */
  private numberFor({ fileId: id }: ArchivedFile): number {
    const before = fileIxOf(id);
    const used = new Set([...this.roots.keys(), ...this.entries.map((entry) => entry.fileIx)]);
    return before !== undefined && before > 0 && !used.has(before) ? before : Math.max(0, ...used) + 1;
  }

  private async push(op: CommitOp, bytes: number): Promise<void> {
    this.ops.push(op);
    this.bytes += bytes;
    if (this.bytes >= COMMIT_BYTES || this.ops.length >= COMMIT_OPS) await this.commit();
  }

  private async commit(): Promise<void> {
    const { ops } = this;
    this.ops = [];
    this.bytes = 0;
    if (ops.length > 0) await this.deps.sink.commit(ops);
  }

  /** What is listed already of a file that was known is not listed again. */
  private async note(listed: readonly AdoptedSegment[], isKnown: boolean): Promise<void> {
    for (const segment of listed) {
      const before = isKnown ? await this.deps.manifest.segments({ fileIx: segment.fileIx }) : [];
      if (before.some(({ from, to }) => from < segment.to && segment.from < to)) {
        if (!covers(before, segment)) this.torn.add(segment.part);
        continue;
      }
      const others = this.segments.get(segment.part) ?? [];
      others.push(segment);
      this.segments.set(segment.part, others);
    }
  }

  private async list(part: UnlistedPart, { connection }: Scratch, failed: boolean): Promise<void> {
    const { dir, manifest, logger } = this.deps;
    const segments = this.segments.get(part.path) ?? [];
    const aside = `${dirname(part.path)}/.${basename(part.path).replace(/^\./, '')}.repeated`;
    if (segments.length === 0) {
      await rename(join(dir, part.path), join(dir, aside));
      logger.info({ part: part.path, aside }, 'every line of this part is in another one; it is set aside');
      return;
    }
    const { id, source, month } = part;
    const path = part.path.endsWith('.unlisted') ? `${dirname(part.path)}/${id}.parquet` : part.path;
    if (path !== part.path) await rename(join(dir, part.path), join(dir, path));
    const file = join(dir, path);
    const sha256 = await hashFile(file);
    const rows = await footerRows(connection, file);
    const isWhole = segments.reduce((sum, { lines }) => sum + lines, 0) === rows;
    // Whoever reads all files of the archive would see what is in others twice.
    const repeats = !isWhole && !failed && !this.torn.has(part.path);
    if (repeats || segments.some(({ there, fileIx }) => there !== fileId(fileIx))) {
      if (failed) return;
      if (!isWhole) await copyFile(file, join(dir, aside));
      await this.deps.renumber({ id, path, source, month, sha256, segments: segments.map((segment) => ({ ...segment, partId: id, root: this.roots.get(segment.fileIx) ?? '' })) });
    } else {
      const reader = await connection.runAndReadAll('SELECT count(DISTINCT session_id)::INTEGER FROM read_parquet($file, hive_partitioning = false) WHERE reject IS NULL', { file });
      const sessions = Number(reader.getRows()[0]?.[0] ?? 0);
      const sourceBytes = segments.reduce((sum, { from, to }) => sum + to - from, 0);
      await manifest.add({ id, path, source, month, rows, bytes: (await stat(file)).size, sourceBytes, sessions, sha256, segments });
    }
    logger.info({ part: path, files: segments.length }, 'a part of the archive is listed again');
  }
}

/** By its fingerprint, as far as the pieces hold the head and what comes before the offset, and by where every line begins. */
async function agrees(entry: FileEntry, file: ArchivedFile, lines: PartLines, manifest: ArchiveManifest): Promise<boolean> {
  const { headLength, headHash, tailHash } = entry.fingerprint;
  const hashOf = async (from: number, to: number): Promise<string | null> => {
    const piece = file.pieces.find((candidate) => candidate.from <= from && to <= candidate.to);
    const bytes = piece === undefined ? null : await lines.range(piece, from, to);
    return bytes === null ? null : hashBytes(bytes);
  };
  if (entry.offset === 0) return false;
  const head = headHash === '' ? null : await hashOf(0, headLength);
  if (head !== null && head !== headHash) return false;
  const tail = tailHash === '' ? null : await hashOf(Math.max(0, entry.offset - TAIL_BYTES), entry.offset);
  if (tail !== null && tail !== tailHash) return false;
  for (const piece of file.pieces) {
    const known = new Set((await manifest.lineOffsets(entry.fileIx, piece.from, piece.to)).byteOffset);
    for await (const { bytes, firstByte } of lines.runs(piece)) {
      for (let at = 0; at < bytes.length; at = bytes.indexOf(NEWLINE, at) + 1) if (firstByte + at < entry.offset && !known.has(firstByte + at)) return false;
    }
  }
  return true;
}

/** Whether stretches, in the order of their bytes, have every byte of one. */
function covers(stretches: readonly { from: number; to: number }[], { from, to }: { from: number; to: number }): boolean {
  let end = from;
  for (const stretch of stretches) if (stretch.from <= end) end = Math.max(end, stretch.to);
  return end >= to;
}
