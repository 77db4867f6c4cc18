// Checks every part the manifest lists against its file: there, of the size and hash it was listed
// with, and readable to its footer. Reads all of the archive once, and changes nothing.

import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchivePartItem } from '../core/answers/archive-part-item.ts';
import type { ArchiveManifest } from '../core/archive-port.ts';
import { messageOf, systemCode } from '../core/errors.ts';
import { footerRows, hashFile } from './part-file.ts';
import { openScratch } from './scratch.ts';
import type { Scratch } from './scratch.ts';

/** A footer needs little. */
const MEMORY_LIMIT = '128MiB';

export interface PartProblem {
  part: ArchivePartItem;
  problem: string;
}

export interface VerifyReport {
  parts: number;
  bytes: number;
  problems: PartProblem[];
}

export interface VerifyOptions {
  signal?: AbortSignal;
  /** After each part. */
  onProgress?: (progress: { parts: number; partsTotal: number }) => void;
}

/** Stops between parts when the signal aborts; the report is of those checked so far. */
export async function verifyArchive(dir: string, manifest: Pick<ArchiveManifest, 'parts'>, options: VerifyOptions = {}): Promise<VerifyReport> {
  const report: VerifyReport = { parts: 0, bytes: 0, problems: [] };
  const parts = await manifest.parts();
  const scratch = await openScratch(join(tmpdir(), `sessionlake-verify-${process.pid}`), MEMORY_LIMIT);
  try {
    for (const part of parts) {
      if (options.signal?.aborted === true) break;
      const problem = await problemOf(part, join(dir, part.path), scratch);
      if (problem !== null) report.problems.push({ part, problem });
      report.parts += 1;
      report.bytes += part.bytes;
      options.onProgress?.({ parts: report.parts, partsTotal: parts.length });
    }
  } finally {
    scratch.close();
  }
  return report;
}

async function problemOf(part: ArchivePartItem, path: string, scratch: Scratch): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size !== part.bytes) return `it has ${size} bytes; the manifest says ${part.bytes}`;
    if ((await hashFile(path)) !== part.sha256) return 'its content changed since it was written: the SHA-256 differs';
    const rows = await footerRows(scratch.connection, path);
    return rows === part.rows ? null : `its footer says ${rows} rows; the manifest says ${part.rows}`;
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'the file is missing' : `it cannot be read: ${messageOf(error)}`;
  }
}
