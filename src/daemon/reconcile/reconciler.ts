// Holds the index against the source files, itself and the archive, and says what differs. Changes nothing.

import type { ArchivePartItem } from '../../core/archive-part-item.ts';
import type { ListedSegment } from '../../core/archive-port.ts';
import type { Clock } from '../../core/clock.ts';
import { fileId } from '../../core/file-entry.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { Finding, FindingCode, ReconcileAnswer } from '../../core/reconcile.ts';
import { isoFromMs } from '../../core/time.ts';
import { queryRows } from '../../index/database.ts';
import { readFiles } from '../../index/file-rows.ts';
import { unaccountedFiles } from '../../index/queries/accounts.ts';
import { wrongSums } from '../../index/queries/wrong-sums.ts';
import type { WrongSum } from '../../index/queries/wrong-sums.ts';
import type { Readers } from '../../index/readers.ts';
import type { Root } from '../../ingest/discover.ts';
import { ArchiveCheck } from './archive-check.ts';
import { checkContent } from './content-check.ts';
import { checkFiles, unknownFiles } from './file-check.ts';
import { finding } from './finding.ts';

const KEPT_MS = 60_000;
/** An answer that is older is not given while it is made anew. */
const OLDEST_MS = 120_000;
const ITEMS_MAX = 1000;
/** What a daemon that runs is about to notice by itself. */
const TRANSIENT: ReadonlySet<FindingCode> = new Set(['file_gone', 'file_replaced', 'file_truncated', 'file_changed', 'file_behind', 'file_unknown']);

export interface ReconcilerDeps {
  epoch: string;
  readers: Readers;
  parts: () => Promise<ArchivePartItem[]>;
  segments: () => Promise<ListedSegment[]>;
  archiveDir: string;
  tempDir: string;
  /** Where unknown files are looked for. */
  roots: () => Promise<readonly Root[]>;
  /** Resolves when what was noticed is indexed, or soon. Absent where nothing runs that would notice. */
  settle?: () => Promise<void>;
  sessionId: (ix: number) => string | null;
  clock: Clock;
}

export interface Difference {
  answer: ReconcileAnswer;
  findings: readonly Finding[];
  wrongSums: readonly WrongSum[];
}

export class Reconciler {
  private readonly deps: ReconcilerDeps;
  private readonly archive: ArchiveCheck;
  private kept: { madeAt: number; answer: ReconcileAnswer } | null = null;
  private making: Promise<ReconcileAnswer> | null = null;

  constructor(deps: ReconcilerDeps) {
    this.deps = deps;
    this.archive = new ArchiveCheck(deps.archiveDir);
  }

  /** Computed at most once a minute. Who asks meanwhile gets the one before, where that is not too old. */
  recent(): Promise<ReconcileAnswer> {
    const { kept } = this;
    const now = performance.now();
    if (kept !== null && now < kept.madeAt + KEPT_MS) return Promise.resolve(kept.answer);
    this.making ??= this.make();
    return kept !== null && now < kept.madeAt + OLDEST_MS ? Promise.resolve(kept.answer) : this.making;
  }

  /** Now. `all`: with the content of every part, and of the files that are archived. */
  async check(all: boolean): Promise<Difference> {
    const { readers, epoch, clock, parts: listParts, segments: listSegments } = this.deps;
    const startedAt = clock.now();
    const begun = performance.now();
    const [parts, segments] = [await listParts(), await listSegments()];
    const files = await this.files();
    const sums = await readers.use((connection) => wrongSums(connection));
    const archive = await this.archive.run(parts, segments, all);
    const { archiveDir: dir, tempDir } = this.deps;
    const contents = all ? await checkContent({ dir, tempDir, entries: files.entries, parts, segments }) : [];
    const findings = [...files.findings, ...contents, ...(await this.accounts()), ...this.sumFindings(sums), ...archive.findings, ...lostTexts(files.entries, segments), ...(await this.lostLines())];
    const counts: Partial<Record<FindingCode, number>> = {};
    for (const { code } of findings) counts[code] = (counts[code] ?? 0) + 1;
    const present = files.entries.filter(({ state }) => state === 'present');
    const sessions = await readers.rows<{ sessions: number }>('SELECT count(*)::DOUBLE AS sessions FROM sessions');
    const answer: ReconcileAnswer = {
      ok: findings.every(({ severity }) => severity === 'notice'),
      epoch, checked_at: isoFromMs(startedAt), duration_ms: Math.round(performance.now() - begun),
      checked: { files: present.length, bytes: present.reduce((sum, { offset }) => sum + offset, 0), parts: parts.length, part_bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), sessions: sessions[0]?.sessions ?? 0 },
      parts_unread: archive.unread, counts, items: findings.slice(0, ITEMS_MAX), truncated: findings.length > ITEMS_MAX,
    };
    return { answer, findings, wrongSums: sums };
  }

  /** The next answer is computed anew. */
  forget(): void {
    this.kept = null;
    this.making = null;
  }

  private make(): Promise<ReconcileAnswer> {
    const making = this.check(false).then(({ answer }) => answer);
    const isWanted = (): boolean => this.making === making;
    making.then(
      (answer) => {
        if (!isWanted()) return;
        this.kept = { madeAt: performance.now(), answer };
        this.making = null;
      },
      () => { if (isWanted()) this.making = null; },
    );
    return making;
  }

  private async files(): Promise<{ entries: FileEntry[]; findings: Finding[] }> {
    const first = await this.lookAtFiles();
    if (this.deps.settle === undefined || first.findings.every(({ code }) => !TRANSIENT.has(code))) return first;
    await this.deps.settle();
    return this.lookAtFiles();
  }

  private async lookAtFiles(): Promise<{ entries: FileEntry[]; findings: Finding[] }> {
    const entries = await this.deps.readers.use((connection) => readFiles(connection));
    return { entries, findings: [...(await checkFiles(entries)), ...(await unknownFiles(entries, await this.deps.roots()))] };
  }

  private async accounts(): Promise<Finding[]> {
    const accounts = await this.deps.readers.use((connection) => unaccountedFiles(connection));
    return accounts.map(({ file_ix: ix, path, offset_bytes: offset, bytes_found: bytes, lines, lines_found: found }) =>
      bytes === offset
        ? finding('lines_unaccounted', `${path} has ${lines} lines up to its offset, the index has ${found}.`, { path, file_id: fileId(ix) })
        : finding('bytes_unaccounted', `${path} was indexed up to byte ${offset}, its lines add up to ${bytes}.`, { path, file_id: fileId(ix) }));
  }

  private sumFindings(sums: readonly WrongSum[]): Finding[] {
    return sums.map(({ session_ix: ix, name }) => {
      const id = this.deps.sessionId(ix);
      return finding('sums_differ', `The sums of ${name} of session ${id ?? ix} are not those of its rows.`, { session_id: id, repairable: true });
    });
  }

  private async lostLines(): Promise<Finding[]> {
    const rows = await this.deps.readers.use((connection) => queryRows<{ file_ix: number; path: string; from_byte: number; bytes: number }>(
      connection,
      "SELECT file_ix, root || '/' || path AS path, byte_offset::DOUBLE AS from_byte, (byte_length + 1)::DOUBLE AS bytes FROM rejects JOIN files_now USING (file_ix) WHERE reason = 'lost' ORDER BY file_ix, byte_offset",
    ));
    return rows.map(({ file_ix: ix, path, from_byte: from, bytes }) => finding('lines_lost', `${bytes} bytes of ${path}, from byte ${from} on, are neither in a part nor in the file.`, { path, file_id: fileId(ix) }));
  }
}

/** Files that are gone, with lines that no part has. */
function lostTexts(entries: readonly FileEntry[], segments: readonly ListedSegment[]): Finding[] {
  const archived = new Map<number, number>();
  for (const { fileIx, from, to } of segments) archived.set(fileIx, (archived.get(fileIx) ?? 0) + to - from);
  const findings: Finding[] = [];
  for (const { fileIx, state, root, path, offset } of entries) {
    const lost = offset - (archived.get(fileIx) ?? 0);
    if (state === 'present' || lost <= 0) continue;
    findings.push(finding('text_lost', `${root}/${path} is ${state === 'gone' ? 'gone' : 'replaced'}, and ${lost} bytes of what was indexed of it are in no part.`, { path: `${root}/${path}`, file_id: fileId(fileIx) }));
  }
  return findings;
}
