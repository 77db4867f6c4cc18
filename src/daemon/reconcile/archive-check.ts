// The manifest against the archive directory. A part's content is compared by its hash, once as long as its
// file does not change, and no more than some of it at a time.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSetAside, unlistedPaths } from '../../archive/unlisted-parts.ts';
import type { ArchivePartItem } from '../../core/answers/archive-part-item.ts';
import { throwIfCalledOff } from '../../core/called-off.ts';
import { messageOf, systemCode } from '../../core/errors.ts';
import { fileId } from '../../core/file-entry.ts';
import type { Finding } from '../../core/answers/reconcile.ts';
import { finding } from './finding.ts';
import type { Looker } from './looker.ts';
import type { SegmentSums } from './segment-rows.ts';

/** About a second. */
const HASHED_MAX_BYTES = 512 * 1024 * 1024;

export interface ArchiveReport {
  findings: Finding[];
  unread: number;
}

export class ArchiveCheck {
  private readonly dir: string;
  private readonly looker: Looker;
  /** Size and time of the parts that held what was written, by path. */
  private readonly sound = new Map<string, string>();

  constructor(dir: string, looker: Looker) {
    this.dir = dir;
    this.looker = looker;
  }

  /** `all`: compares the content of every part, now. Throws between parts when the signal aborts. */
  async run(parts: readonly ArchivePartItem[], segments: SegmentSums, all: boolean, signal?: AbortSignal): Promise<ArchiveReport> {
    const report: ArchiveReport = { findings: [], unread: 0 };
    let left = all ? Number.POSITIVE_INFINITY : HASHED_MAX_BYTES;
    for (const part of parts) {
      throwIfCalledOff(signal);
      const about = { path: part.path, part_id: part.id, repairable: true };
      try {
        const { size, mtimeMs } = await stat(join(this.dir, part.path));
        const state = `${size}/${mtimeMs}/${part.sha256}`;
        if (size !== part.bytes) report.findings.push(finding('part_damaged', `${part.path} has ${size} bytes; ${part.bytes} were written.`, about));
        else if (all || this.sound.get(part.path) !== state) {
          if (left < size) {
            report.unread += 1;
            continue;
          }
          left -= size;
          if ((await this.looker.hash(join(this.dir, part.path))) === part.sha256) this.sound.set(part.path, state);
          else report.findings.push(finding('part_damaged', `${part.path} is not what was written: its SHA-256 differs.`, about));
        }
      } catch (error) {
        const isMissing = systemCode(error) === 'ENOENT';
        report.findings.push(isMissing ? finding('part_missing', `${part.path} is missing.`, about) : finding('part_damaged', `${part.path} cannot be read: ${messageOf(error)}`, about));
      }
    }
    report.findings.push(...(await this.unlisted(parts)), ...rowFindings(parts, segments), ...overlapFindings(segments));
    return report;
  }

  private async unlisted(parts: readonly ArchivePartItem[]): Promise<Finding[]> {
    const paths = (await unlistedPaths(this.dir, new Set(parts.map(({ path }) => path)))).filter((path) => !isSetAside(path));
    return paths.map((path) => finding('part_unlisted', `${path} is in the archive and not in the manifest.`, { path }));
  }
}

function rowFindings(parts: readonly ArchivePartItem[], { lines }: SegmentSums): Finding[] {
  return parts
    .filter(({ id, rows }) => (lines.get(id) ?? 0) !== rows)
    .map(({ id, path, rows }) => finding('part_rows', `${path} has ${rows} rows, of which ${lines.get(id) ?? 0} are listed for a file.`, { path, part_id: id }));
}

function overlapFindings({ overlaps }: SegmentSums): Finding[] {
  return overlaps.map(({ file_ix: ix, part_id: id, from_byte: from, before_id: before, before_to: to }) =>
    finding('archive_overlap', `Bytes ${from} to ${to} of a file are in the parts ${before} and ${id}.`, { file_id: fileId(ix), part_id: id }));
}
