// Holds the index against the source files, itself and the archive, and says what differs. Changes nothing.

import type { ArchivePartItem } from '../../core/answers/archive-part-item.ts';
import type { ListedSegment } from '../../core/archive-port.ts';
import type { Clock } from '../../core/time/clock.ts';
import { throwIfCalledOff } from '../../core/called-off.ts';
import { fileId, fileIxOf } from '../../core/file-entry.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { Finding, FindingCode, ReconcileAnswer } from '../../core/answers/reconcile.ts';
import { isoFromMs } from '../../core/time/time.ts';
import { queryRows } from '../../index/store/query.ts';
import { readFiles } from '../../index/rows/file-rows.ts';
import { unaccountedFiles } from '../../index/queries/accounts.ts';
import { wrongSums } from '../../index/queries/wrong-sums.ts';
import type { WrongSum } from '../../index/queries/wrong-sums.ts';
import type { Readers } from '../../index/store/readers.ts';
import type { Root } from '../../ingest/discovery.ts';
import { ArchiveCheck } from './archive-check.ts';
import { checkContent } from './content-check.ts';
import { filesAmong, readFigures, readKnownFiles, readLostTexts } from './file-rows.ts';
import { finding } from './finding.ts';
import { Looker } from './looker.ts';
import { readSegmentSums } from './segment-rows.ts';

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
  /** Has these looked at by who reads them; resolves when what that finds is indexed, or soon. Absent where nothing runs that reads. */
  settle?: (paths: readonly string[]) => Promise<void>;
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
  private readonly looker = new Looker();
  private readonly archive: ArchiveCheck;
  /** Of `SoundFiles`; null while a look has it. */
  private sound: Float64Array<ArrayBuffer> | null = null;
  private kept: { madeAt: number; answer: ReconcileAnswer } | null = null;
  private making: Promise<ReconcileAnswer> | null = null;

  constructor(deps: ReconcilerDeps) {
    this.deps = deps;
    this.archive = new ArchiveCheck(deps.archiveDir, this.looker);
  }

  /** Computed at most once a minute. Who asks meanwhile gets the one before, where that is not too old. */
  recent(): Promise<ReconcileAnswer> {
    const { kept } = this;
    const now = performance.now();
    if (kept !== null && now < kept.madeAt + KEPT_MS) return Promise.resolve(kept.answer);
    this.making ??= this.make();
    return kept !== null && now < kept.madeAt + OLDEST_MS ? Promise.resolve(kept.answer) : this.making;
  }

  /** Now. `all`: with the content of every part, and of the files that are archived. Throws soon after the signal aborts. */
  async check(all: boolean, signal?: AbortSignal): Promise<Difference> {
    const { readers, epoch, clock, parts: listParts } = this.deps;
    const startedAt = clock.now();
    const begun = performance.now();
    const files = await this.files(all);
    throwIfCalledOff(signal);
    const sums = await readers.use((connection) => wrongSums(connection));
    const parts = await listParts();
    const archive = await this.archive.run(parts, await readers.use((connection) => readSegmentSums(connection)), all, signal);
    // What a part that is damaged says is no word against a file.
    const unsound = new Set(archive.findings.flatMap(({ code, part_id: id }) => (code === 'part_damaged' || code === 'part_missing' ? [id] : [])));
    const sound = parts.filter(({ id }) => !unsound.has(id));
    const contents = all && sound.length > 0 ? await this.contents(sound, signal) : [];
    throwIfCalledOff(signal);
    const findings = [...files, ...contents, ...(await this.accounts()), ...this.sumFindings(sums), ...archive.findings, ...(await this.lostTexts()), ...(await this.lostLines())];
    const counts: Partial<Record<FindingCode, number>> = {};
    for (const { code } of findings) counts[code] = (counts[code] ?? 0) + 1;
    const figures = await readers.use((connection) => readFigures(connection));
    const answer: ReconcileAnswer = {
      ok: findings.every(({ severity }) => severity === 'notice'),
      epoch, checked_at: isoFromMs(startedAt), duration_ms: Math.round(performance.now() - begun),
      checked: { files: figures.files, bytes: figures.bytes, parts: parts.length, part_bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), sessions: figures.sessions },
      parts_unread: archive.unread, counts, items: findings.slice(0, ITEMS_MAX), truncated: findings.length > ITEMS_MAX,
    };
    return { answer, findings, wrongSums: sums };
  }

  /** The next answer is computed anew. */
  forget(): void {
    this.kept = null;
    this.making = null;
  }

  async close(): Promise<void> {
    await this.looker.close();
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

  /** `all`: opens every file. */
  private async files(all: boolean): Promise<readonly Finding[]> {
    const { settle, roots, readers } = this.deps;
    const known = await readers.use((connection) => readKnownFiles(connection));
    const before = all ? null : this.sound;
    this.sound = null;
    const { findings: found, sound, seen } = await this.looker.look({ known, roots: await roots(), also: [], sound: before ?? new Float64Array(0) });
    this.sound = sound;
    const passing = found.filter(({ code }) => TRANSIENT.has(code));
    if (settle === undefined || passing.length === 0) return found;
    const paths = passing.map(({ path }) => path as string);
    await settle(paths);
    const numbers = passing.flatMap(({ file_id: id }) => (id === null ? [] : [fileIxOf(id) ?? 0]));
    const changed = await readers.use((connection) => readKnownFiles(connection, filesAmong(numbers, paths)));
    const { findings: again } = await this.looker.look({ known: changed, roots: [], sound: new Float64Array(0), seen, also: passing.filter(({ code }) => code === 'file_unknown').map(({ path }) => path as string) });
    return [...found.filter(({ code }) => !TRANSIENT.has(code)), ...again].toSorted((a, b) => placeOf(a) - placeOf(b));
  }

  private async accounts(): Promise<Finding[]> {
    const accounts = await this.deps.readers.use((connection) => unaccountedFiles(connection));
    return accounts.map(({ file_ix: ix, path, offset_bytes: offset, bytes_found: bytes, lines, lines_found: found }) =>
      bytes === offset
        ? finding('lines_unaccounted', `${path} has ${lines} lines up to its offset, the index has ${found}.`, { path, file_id: fileId(ix) })
        : finding('bytes_unaccounted', `${path} was indexed up to byte ${offset}, its lines add up to ${bytes}.`, { path, file_id: fileId(ix) }));
  }

  private async contents(parts: readonly ArchivePartItem[], signal?: AbortSignal): Promise<Finding[]> {
    const { archiveDir: dir, tempDir, readers, segments } = this.deps;
    const entries: FileEntry[] = [];
    await readers.use((connection) => readFiles(connection, (file) => void entries.push(file)));
    return checkContent({ dir, tempDir, entries, parts, segments: await segments(), ...(signal === undefined ? {} : { signal }) });
  }

  private sumFindings(sums: readonly WrongSum[]): Finding[] {
    return sums.map(({ session_ix: ix, name }) => {
      const id = this.deps.sessionId(ix);
      return finding('sums_differ', `The sums of ${name} of session ${id ?? ix} are not those of its rows.`, { session_id: id, repairable: true });
    });
  }

  private async lostTexts(): Promise<Finding[]> {
    const texts = await this.deps.readers.use((connection) => readLostTexts(connection));
    return texts.map(({ file_ix: ix, path, state, lost }) => finding('text_lost', `${path} is ${state === 'gone' ? 'gone' : 'replaced'}, and ${lost} bytes of what was indexed of it are in no part.`, { path, file_id: fileId(ix) }));
  }

  private async lostLines(): Promise<Finding[]> {
    const rows = await this.deps.readers.use((connection) => queryRows<{ file_ix: number; path: string; from_byte: number; bytes: number }>(
      connection,
      "SELECT file_ix, root || '/' || path AS path, byte_offset::DOUBLE AS from_byte, (byte_length + 1)::DOUBLE AS bytes FROM rejects JOIN files_now USING (file_ix) WHERE reason = 'lost' ORDER BY file_ix, byte_offset",
    ));
    return rows.map(({ file_ix: ix, path, from_byte: from, bytes }) => finding('lines_lost', `${bytes} bytes of ${path}, from byte ${from} on, are neither in a part nor in the file.`, { path, file_id: fileId(ix) }));
  }
}

/** Where it stands among what was found: by the number of its file, then what is not known. */
function placeOf({ file_id: id }: Finding): number {
  return id === null ? Number.POSITIVE_INFINITY : (fileIxOf(id) ?? 0);
}
