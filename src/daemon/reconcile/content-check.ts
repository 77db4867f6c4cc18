// Source files against what the archive has of them, byte for byte: a change in the middle of a file leaves its
// head, its end and its size as they were. Reads all of both.

import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { PartLines } from '../../archive/part-lines.ts';
import { openScratch } from '../../archive/scratch.ts';
import type { ArchivePartItem } from '../../core/answers/archive-part-item.ts';
import type { ListedSegment } from '../../core/archive-port.ts';
import { throwIfCalledOff } from '../../core/called-off.ts';
import { fileId } from '../../core/file-entry.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { Finding } from '../../core/answers/reconcile.ts';
import { checkIdentity, openSource, readExactly, statOf } from '../../ingest/identity.ts';
import { finding } from './finding.ts';

export interface ContentCheckParts {
  dir: string;
  tempDir: string;
  entries: readonly FileEntry[];
  parts: readonly ArchivePartItem[];
  segments: readonly ListedSegment[];
  signal?: AbortSignal;
}

/** A finding a file at most. Throws between files when the signal aborts. What cannot be read, a part or a file, is found by the other checks. */
export async function checkContent({ dir, tempDir, entries, parts, segments, signal }: ContentCheckParts): Promise<Finding[]> {
  const present = new Map(entries.filter(({ state }) => state === 'present').map((entry) => [entry.fileIx, entry]));
  const scratch = await openScratch(join(tempDir, 'compare'));
  const findings = new Map<number, Finding>();
  try {
    const lines = new PartLines(scratch.connection, dir);
    for (const part of parts) {
      for (const segment of segments.filter(({ partId }) => partId === part.id)) {
        throwIfCalledOff(signal);
        const entry = present.get(segment.fileIx);
        if (entry === undefined || findings.has(segment.fileIx)) continue;
        const at = await firstDifference(lines, part.path, segment, entry).catch(() => null);
        if (at === null) continue;
        const path = `${entry.root}/${entry.path}`;
        findings.set(entry.fileIx, finding('file_differs', `${path} is not what was indexed and archived of it, from byte ${at} on or a little later.`, { path, file_id: fileId(entry.fileIx), repairable: true }));
      }
    }
    return [...findings.values()];
  } finally {
    scratch.close();
  }
}

/** Where a run of lines begins that differs; null where none does, or the file is another one altogether. */
async function firstDifference(lines: PartLines, part: string, { fileIx, from, to }: ListedSegment, entry: FileEntry): Promise<number | null> {
  const fd = openSource(`${entry.root}/${entry.path}`);
  try {
    if (checkIdentity(fd, statOf(fd), entry) !== null) return null;
    for await (const { bytes, firstByte } of lines.runs({ part, fileId: fileId(fileIx), from, to })) {
      if (Buffer.compare(readExactly(fd, firstByte, bytes.length), bytes) !== 0) return firstByte;
    }
    return null;
  } finally {
    closeSync(fd);
  }
}
