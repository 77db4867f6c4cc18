// The index against the source files: is each file who it was, was all of it read that has an end, and is
// there none that nobody has read.

import { closeSync, lstatSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import { fileId } from '../../core/file-entry.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { Finding, FindingCode } from '../../core/reconcile.ts';
import { discover, resolveRoot } from '../../ingest/discover.ts';
import type { Root } from '../../ingest/discover.ts';
import { checkIdentity, isGone, openSource, statOf } from '../../ingest/identity.ts';
import { finding } from './finding.ts';

const READ_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
/** Files are looked at for so long before others get a turn. */
const SLICE_MS = 4;

const FAULTS = {
  another_inode: ['file_replaced', 'another file is in its place'],
  truncated: ['file_truncated', 'it is shorter than what was indexed of it'],
  head_changed: ['file_changed', 'its beginning is not what was indexed'],
  tail_changed: ['file_changed', 'it was rewritten: what comes before the offset is not what was indexed'],
} as const satisfies Record<string, readonly [FindingCode, string]>;

export async function checkFiles(entries: readonly FileEntry[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  let sliceEnd = 0;
  for (const entry of entries) {
    if (entry.state !== 'present') continue;
    if (performance.now() >= sliceEnd) {
      await nextTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
    const found = checkFile(entry);
    if (found !== null) findings.push(found);
  }
  return findings;
}

/** Files below the roots that the index has not heard of. */
export async function unknownFiles(entries: readonly FileEntry[], roots: readonly Root[]): Promise<Finding[]> {
  const known = new Set(entries.map(({ root, path }) => `${root}/${path}`));
  const findings: Finding[] = [];
  for (const configured of roots) {
    const root = await resolveRoot(configured);
    const { files } = await discover(root, root.path, () => undefined);
    for (const { absolute, stats } of files) {
      if (known.has(absolute) || stats.size === 0) continue;
      findings.push(finding('file_unknown', `${absolute} is not in the index.`, { path: absolute, repairable: true }));
    }
  }
  return findings;
}

function checkFile(entry: FileEntry): Finding | null {
  const path = `${entry.root}/${entry.path}`;
  const about = { path, file_id: fileId(entry.fileIx), repairable: true };
  try {
    if (!lstatSync(path).isFile()) return finding('file_replaced', `${path} is no file any more.`, about);
    const fd = openSource(path);
    try {
      const stats = statOf(fd);
      const fault = checkIdentity(fd, stats, entry);
      if (fault !== null) {
        const [code, words] = FAULTS[fault];
        return finding(code, `${path}: ${words}.`, about);
      }
      const behind = bytesBehind(fd, entry.offset, stats.size);
      return behind === 0 ? null : finding('file_behind', `${path} has ${behind} bytes of whole lines that are not indexed.`, about);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isGone(error)) return finding('file_gone', `${path} is not there any more.`, about);
    return finding('file_unreadable', `${path} cannot be read: ${messageOf(error)}`, { ...about, repairable: false });
  }
}

/** Up to the last newline after the offset. */
function bytesBehind(fd: number, offset: number, size: number): number {
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(0, size - offset)));
  for (let end = size; end > offset; end -= buffer.length) {
    const start = Math.max(offset, end - buffer.length);
    const read = readSync(fd, buffer, 0, end - start, start);
    const at = buffer.subarray(0, read).lastIndexOf(NEWLINE);
    if (at !== -1) return start + at + 1 - offset;
  }
  return 0;
}
