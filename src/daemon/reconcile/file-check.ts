// The index against the source files: is each file who it was, was all of it read that has an end, and is
// there none that nobody has read.

import { closeSync, lstatSync, readSync } from 'node:fs';
import { messageOf } from '../../core/errors.ts';
import { fileId } from '../../core/file-entry.ts';
import type { Finding, FindingCode } from '../../core/answers/reconcile.ts';
import { discover, resolveRoot } from '../../ingest/discover.ts';
import { emptyDiscovery } from '../../ingest/discovery.ts';
import type { Root } from '../../ingest/discovery.ts';
import { checkIdentity, inodeKey, isGone, openSource, statOf } from '../../ingest/identity.ts';
import { finding } from './finding.ts';
import { knownFiles } from './known-file.ts';
import type { KnownFile } from './known-file.ts';
import { SoundFiles } from './sound-files.ts';

const READ_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

const FAULTS = {
  another_inode: ['file_replaced', 'another file is in its place'],
  truncated: ['file_truncated', 'it is shorter than what was indexed of it'],
  head_changed: ['file_changed', 'its beginning is not what was indexed'],
  tail_changed: ['file_changed', 'it was rewritten: what comes before the offset is not what was indexed'],
} as const satisfies Record<string, readonly [FindingCode, string]>;

export interface FileLook {
  /** Of `knownFiles`. */
  known: readonly Uint8Array[];
  /** Where files are looked for that are not known. */
  roots: readonly Root[];
  /** Files that may not be known, beside those. */
  also: readonly string[];
  /** Of `SoundFiles`: what a look before found; empty where every file is to be opened. */
  sound: Float64Array<ArrayBuffer>;
  /** Up to which byte a look before found whole lines, by file: what came after that is not asked for. */
  seen?: ReadonlyMap<number, number>;
}

export interface FileReport {
  /** In the order of the files' numbers, then what is not known. */
  findings: Finding[];
  sound: Float64Array<ArrayBuffer>;
  /** Of files that are behind, where their whole lines end. */
  seen: Map<number, number>;
}

/** Blocks. */
export async function lookAtFiles({ known, roots, also, sound: before, seen: seenBefore = new Map() }: FileLook): Promise<FileReport> {
  const findings: Finding[] = [];
  const sound = new SoundFiles(before);
  const seen = new Map<number, number>();
  const paths = new Set<string>();
  for (const file of knownFiles(known)) {
    paths.add(file.absolute);
    const found = file.state === 'present' && !isStillSound(file, sound) ? checkFile(file, { sound, seen, seenBefore }) : null;
    if (found !== null) findings.push(found);
  }
  const unknown = also.filter((absolute) => !paths.has(absolute) && sizeOf(absolute) > 0);
  const found = emptyDiscovery();
  for (const configured of roots) {
    const root = await resolveRoot(configured);
    await discover(root, root.path, found, { isKnown: (absolute) => paths.has(absolute) });
  }
  for (const { absolute, stats } of found.files) if (stats.size > 0) unknown.push(absolute);
  const second = secondNames(unknown, known);
  findings.push(...unknown.filter((absolute) => !second.has(absolute)).map(unknownFile));
  return { findings, sound: sound.buffer, seen };
}

function isStillSound(file: KnownFile, sound: SoundFiles): boolean {
  const stats = sound.isMarked(file) ? lstatSync(file.absolute, { throwIfNoEntry: false }) : undefined;
  return stats !== undefined && sound.isUnchanged(file, stats);
}

/** Those of files that are known by another name, which stands: a file with several is read once. */
function secondNames(unknown: readonly string[], known: readonly Uint8Array[]): ReadonlySet<string> {
  const linked = new Map<string, string[]>();
  for (const absolute of unknown) {
    const stats = lstatSync(absolute, { throwIfNoEntry: false });
    if (stats !== undefined && stats.nlink > 1) linked.set(inodeKey(stats), [...(linked.get(inodeKey(stats)) ?? []), absolute]);
  }
  const second = new Set<string>();
  if (linked.size === 0) return second;
  for (const { state, absolute, fingerprint } of knownFiles(known)) {
    const key = `${fingerprint.dev}:${fingerprint.ino}`;
    const names = state === 'present' ? linked.get(key) : undefined;
    if (names === undefined) continue;
    const stats = lstatSync(absolute, { throwIfNoEntry: false });
    if (stats !== undefined && inodeKey(stats) === key) for (const name of names) second.add(name);
  }
  return second;
}

function unknownFile(absolute: string): Finding {
  return finding('file_unknown', `${absolute} is not in the index.`, { path: absolute, repairable: true });
}

function sizeOf(absolute: string): number {
  const stats = lstatSync(absolute, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : 0;
}

interface Seen {
  sound: SoundFiles;
  seen: Map<number, number>;
  seenBefore: ReadonlyMap<number, number>;
}

function checkFile(file: KnownFile, { sound, seen, seenBefore }: Seen): Finding | null {
  const { absolute: path } = file;
  const about = { path, file_id: fileId(file.fileIx), repairable: true };
  const isNoFile = (): Finding => finding('file_replaced', `${path} is no file any more.`, about);
  try {
    const fd = openSource(path);
    try {
      const stats = statOf(fd);
      if (!stats.isFile()) return isNoFile();
      const fault = checkIdentity(fd, stats, file);
      if (fault !== null) {
        const [code, words] = FAULTS[fault];
        return finding(code, `${path}: ${words}.`, about);
      }
      const behind = bytesBehind(fd, file.offset, stats.size);
      if (behind === 0) sound.mark(file, stats);
      else seen.set(file.fileIx, file.offset + behind);
      const isRead = behind === 0 || file.offset >= (seenBefore.get(file.fileIx) ?? Number.POSITIVE_INFINITY);
      return isRead ? null : finding('file_behind', `${path} has ${behind} bytes of whole lines that are not indexed.`, about);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isNoFileNow(path)) return isNoFile();
    if (isGone(error)) return finding('file_gone', `${path} is not there any more.`, about);
    return finding('file_unreadable', `${path} cannot be read: ${messageOf(error)}`, { ...about, repairable: false });
  }
}

/** A link, a pipe or the like, which cannot be opened as a file. */
function isNoFileNow(path: string): boolean {
  try {
    return !lstatSync(path).isFile();
  } catch {
    return false;
  }
}

/** Up to the last newline after the offset. */
function bytesBehind(fd: number, offset: number, size: number): number {
  if (size <= offset) return 0;
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, size - offset));
  for (let end = size; end > offset; end -= buffer.length) {
    const start = Math.max(offset, end - buffer.length);
    const read = readSync(fd, buffer, 0, end - start, start);
    const at = buffer.subarray(0, read).lastIndexOf(NEWLINE);
    if (at !== -1) return start + at + 1 - offset;
  }
  return 0;
}
