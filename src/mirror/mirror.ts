// Keeps logs of documents that are rewritten: reads a document when it changed and appends what is new
// in it. One at a time; a document that cannot be read keeps its old mark and is tried again when it
// changes or at the next start.

import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { isoFromMs } from '../core/time/time.ts';
import type { DocumentSource } from '../sources/document.ts';
import { DocumentFile } from './document-file.ts';
import { Marks } from './marks.ts';
import { MirroredLog } from './mirrored-log.ts';

/** Keys of all logs held together; some 100 bytes each. */
const MAX_KEYS = 50_000;

/** Logs whose lines wait to be written together, up to a quarter of a MiB each: an export has thousands of conversations. */
const MAX_UNWRITTEN = 16;
/** Of each root; some 100 bytes each. */
const MAX_NOTES = 16_384;
/** No document has this size, so it is read again. */
const UNSETTLED = -1;
/** After a change, marks are saved together. */
const SAVE_AFTER_MS = 1000;
/**
 * A document that changed just now is read once more: a database shows a change only after its files have
 * changed, and what changes within the same millisecond leaves no other trace.
 */
const SETTLED_AFTER_MS = 2000;
const NOTHING: MirrorReport = { items: 0, appended: 0, logs: [], settled: true };

export interface MirrorReport {
  items: number;
  /** Items that were new or had changed: lines appended. */
  appended: number;
  /** Absolute paths of the logs that have grown. */
  logs: string[];
  /** False where it changed so lately that it is to be looked at once more in a moment. */
  settled: boolean;
}

export class Mirror {
  /** Where the mirrored logs of a source are: what is to be tailed. */
  readonly dir: string;
  private readonly source: DocumentSource;
  private readonly now: () => number;
  private readonly one = pLimit(1);
  private readonly logs = new LRUCache<string, MirroredLog>({ maxSize: MAX_KEYS, sizeCalculation: (log) => Math.max(1, Math.min(MAX_KEYS, log.keys)) });
  private readonly notes = new Map<string, LRUCache<string, string | number>>();
  private marks: Marks | null = null;
  private saving: NodeJS.Timeout | null = null;

  constructor(dir: string, source: DocumentSource, now: () => number = Date.now) {
    this.dir = join(dir, source.id);
    this.source = source;
    this.now = now;
  }

  /** Known to have been read as it stands, without a look at the disk; only of documents that nothing lies beside. */
  isCurrent(root: string, path: string, stats: { size: number; mtimeMs: number }): boolean {
    const known = this.source.besides.length === 0 ? this.marks?.get(join(root, path)) : undefined;
    return known !== undefined && known.size === stats.size && known.modifiedMs === Math.trunc(stats.mtimeMs);
  }

  /**
   * Reads the document `path` below `root` if it changed since it was last read. `onRead` is told of each piece
   * of its bytes. Throws what reading or writing throws.
   */
  take(root: string, path: string, onRead: (bytes: number) => void = () => undefined): Promise<MirrorReport> {
    return this.one(() => this.takeOne(root, path, onRead));
  }

  /** Resolves when what was begun is done and the marks are saved. */
  close(): Promise<void> {
    return this.one(async () => {
      if (this.saving !== null) clearTimeout(this.saving);
      await this.marks?.save();
    });
  }

  private save(): void {
    this.saving = null;
    // Without it the next start reads more than it must.
    void this.one(async () => this.marks?.save()).catch(() => undefined);
  }

  private async takeOne(root: string, path: string, onRead: (bytes: number) => void): Promise<MirrorReport> {
    const marks = (this.marks ??= await this.openMarks());
    const full = join(root, path);
    const { size, modifiedMs, changedMs } = await this.lookAt(full);
    const known = marks.get(full);
    if (known !== undefined && known.size === size && known.modifiedMs === modifiedMs) return NOTHING;
    const file = new DocumentFile(root, path, { mark: known?.mark ?? null, changedMs, notes: this.notesOf(root) }, onRead);
    const touched = new Map<string, MirroredLog>();
    const report = { items: 0, appended: 0 };
    // A time in the future is another clock's.
    const settled = Math.abs(this.now() - modifiedMs) > SETTLED_AFTER_MS;
    const grown = new Set<string>();
    try {
      const items = this.source.items(path, file);
      for (let next = await items.next(); ; next = await items.next()) {
        if (next.done === true) {
          for (const log of touched.values()) await log.flush();
          marks.set(full, { size: settled ? size : UNSETTLED, modifiedMs, mark: next.value });
          break;
        }
        if (touched.size >= MAX_UNWRITTEN && !touched.has(next.value.log)) {
          for (const log of touched.values()) await log.flush();
          touched.clear();
        }
        const log = touched.get(next.value.log) ?? (await this.log(next.value.log));
        touched.set(next.value.log, log);
        report.items += 1;
        if (!(await log.put(next.value, isoFromMs(modifiedMs)))) continue;
        report.appended += 1;
        grown.add(log.path);
      }
    } catch (error) {
      // What was read is kept; what could not be written is not held to be.
      for (const log of touched.values()) await log.flush().catch(() => this.logs.clear());
      this.notes.clear();
      throw error;
    } finally {
      file.close();
    }
    this.saving ??= setTimeout(() => this.save(), SAVE_AFTER_MS).unref();
    return { ...report, logs: [...grown], settled };
  }

  /** A database in WAL mode changes in files beside it. */
  private async lookAt(path: string): Promise<{ size: number; modifiedMs: number; changedMs: number }> {
    const { size, mtimeMs, ctimeMs } = await stat(path);
    const all = { size, modifiedMs: Math.trunc(mtimeMs), changedMs: Math.trunc(ctimeMs) };
    for (const suffix of this.source.besides) {
      const beside = await stat(path + suffix).catch(() => null);
      if (beside === null) continue;
      all.size += beside.size;
      all.modifiedMs = Math.max(all.modifiedMs, Math.trunc(beside.mtimeMs));
    }
    return all;
  }

  private notesOf(root: string): LRUCache<string, string | number> {
    const known = this.notes.get(root);
    if (known !== undefined) return known;
    const notes = new LRUCache<string, string | number>({ max: MAX_NOTES });
    this.notes.set(root, notes);
    return notes;
  }

  private async log(name: string): Promise<MirroredLog> {
    const known = this.logs.get(name);
    if (known !== undefined) return known;
    const log = await MirroredLog.open(join(this.dir, name));
    this.logs.set(name, log);
    return log;
  }

  private async openMarks(): Promise<Marks> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    return Marks.open(join(this.dir, '.documents.json'));
  }
}
