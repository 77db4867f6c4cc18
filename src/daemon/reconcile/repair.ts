// Puts right what differs, where that can be done without losing anything: files are looked at again, sums are
// added up again, and what parts should hold is archived again from the files that still have it. A part that
// is damaged stays as long as anything is only in it.

import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Archiver } from '../../archive/archiver.ts';
import { throwIfCalledOff } from '../../core/called-off.ts';
import { fileIxOf } from '../../core/file-entry.ts';
import type { Finding, FindingCode, RepairResult } from '../../core/answers/reconcile.ts';
import type { IndexManifest } from '../../index/manifest.ts';
import { recountSums } from '../../index/queries/wrong-sums.ts';
import type { IndexWriter } from '../../index/writer/index-writer.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import type { Difference, Reconciler } from './reconciler.ts';

export interface RepairParts {
  reconciler: Reconciler;
  manifest: IndexManifest;
  writer: IndexWriter;
  ingest: Ingest;
  archiver: Archiver;
  archiveDir: string;
}

const FILE_CODES: ReadonlySet<FindingCode> = new Set(['file_gone', 'file_replaced', 'file_truncated', 'file_changed', 'file_differs', 'file_behind', 'file_unknown']);
const PART_CODES: ReadonlySet<FindingCode> = new Set(['part_missing', 'part_damaged']);

/** Throws soon after the signal aborts; what was put right by then stays so. */
export async function repair(parts: RepairParts, signal: AbortSignal, onStep: (done: number, total: number) => void): Promise<RepairResult> {
  const before = await parts.reconciler.check(true, signal);
  const done: string[] = [];
  const steps = [() => repairFiles(parts, before), () => repairParts(parts, before, signal), () => repairSums(parts, before)];
  for (const [i, step] of steps.entries()) {
    throwIfCalledOff(signal);
    done.push(...(await step()));
    onStep(i + 1, steps.length + 1);
  }
  parts.reconciler.forget();
  const { answer: after } = await parts.reconciler.check(true, signal);
  return { found: before.answer.counts, done, after };
}

async function repairFiles({ ingest }: RepairParts, { findings }: Difference): Promise<string[]> {
  const files = findings.filter(({ code }) => FILE_CODES.has(code));
  if (files.length === 0) return [];
  ingest.distrust(findings.flatMap(({ code, file_id: id }) => (code === 'file_differs' && id !== null ? [fileIxOf(id) ?? 0] : [])));
  ingest.recheck(files.flatMap(({ file_id: id }) => (id === null ? [] : [fileIxOf(id) ?? 0])));
  await ingest.sweep();
  await ingest.caughtUp();
  return files.map(({ path }) => `looked at ${path ?? ''} again`);
}

async function repairParts(parts: RepairParts, { findings }: Difference, signal: AbortSignal): Promise<string[]> {
  const bad = findings.filter(({ code, part_id: id }) => PART_CODES.has(code) && id !== null);
  if (bad.length === 0) return [];
  const done: string[] = [];
  for (const part of bad) done.push(await release(parts, part));
  const { parts: made, rows } = await parts.archiver.run({ all: true, signal });
  if (made > 0) done.push(`archived ${rows} lines again, in ${made} ${made === 1 ? 'part' : 'parts'}`);
  return done;
}

/** What can be archived again is due again; of a part that is there, what cannot stays listed. */
async function release({ manifest, ingest, archiveDir }: RepairParts, { code, path, part_id: id }: Finding): Promise<string> {
  const partId = id as string;
  const part = path as string;
  const segments = await manifest.segments({ parts: [partId] });
  const again: number[] = [];
  for (const { fileIx } of segments) {
    const source = await ingest.open.open(fileIx);
    if (source === null) continue;
    source.release();
    again.push(fileIx);
  }
  const only = segments.length - again.length;
  if (code === 'part_damaged' && only > 0) {
    await manifest.unlist(partId, again);
    return `${part} is damaged and is kept: of ${only} of its files there is nothing else`;
  }
  await manifest.unlist(partId, null);
  if (code === 'part_missing') return only === 0 ? `${part} is missing; all of it is archived again` : `${part} is missing, and so are the logs of ${only} of its files: put it back from a backup and start again`;
  const aside = `${dirname(part)}/.${basename(part)}.damaged`;
  await rename(join(archiveDir, part), join(archiveDir, aside));
  return `${part} is damaged and set aside as ${aside}; all of it is archived again`;
}

async function repairSums({ writer }: RepairParts, { wrongSums }: Difference): Promise<string[]> {
  if (wrongSums.length === 0) return [];
  await writer.exclusively((connection) => recountSums(connection, wrongSums));
  return [`added up ${wrongSums.length} sums again`];
}
