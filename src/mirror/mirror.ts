// Keeps logs of documents that are rewritten: reads a document when it changed and appends what is new
// in it. One at a time; a document that cannot be read keeps its old mark and is tried again when it
// changes or at the next start.

import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { isoFromMs } from '../core/time.ts';
import type { DocumentSource } from '../sources/document.ts';
import { DocumentFile } from './document-file.ts';
import { Marks } from './marks.ts';
import { MirroredLog } from './mirrored-log.ts';

/** Keys of all logs held together; some 100 bytes each. */
const MAX_KEYS = 200_000;

export interface MirrorReport {
  items: number;
  /** Items that were new or had changed: lines appended. */
  appended: number;
}

export class Mirror {
  /** Where the mirrored logs of a source are: what is to be tailed. */
  readonly dir: string;
  private readonly source: DocumentSource;
  private readonly one = pLimit(1);
  private readonly logs = new LRUCache<string, MirroredLog>({ maxSize: MAX_KEYS, sizeCalculation: (log) => Math.max(1, Math.min(MAX_KEYS, log.keys)) });
  private marks: Marks | null = null;

  constructor(dir: string, source: DocumentSource) {
    this.dir = join(dir, source.id);
    this.source = source;
  }

  /**
   * Reads the document `path` below `root` if it changed since it was last read. `onRead` is told of each piece
   * of its bytes. Throws what reading or writing throws.
   */
  take(root: string, path: string, onRead: (bytes: number) => void = () => undefined): Promise<MirrorReport> {
    return this.one(() => this.takeOne(root, path, onRead));
  }

  private async takeOne(root: string, path: string, onRead: (bytes: number) => void): Promise<MirrorReport> {
    const marks = (this.marks ??= await this.openMarks());
    const full = join(root, path);
    const { size, modifiedMs } = await this.lookAt(full);
    const known = marks.get(full);
    if (known !== undefined && known.size === size && known.modifiedMs === modifiedMs) return { items: 0, appended: 0 };
    const file = new DocumentFile(full, known?.mark ?? null, onRead);
    const touched = new Map<string, MirroredLog>();
    const report: MirrorReport = { items: 0, appended: 0 };
    try {
      const items = this.source.items(path, file);
      for (let next = await items.next(); ; next = await items.next()) {
        if (next.done === true) {
          for (const log of touched.values()) await log.flush();
          marks.set(full, { size, modifiedMs, mark: next.value });
          break;
        }
        const log = touched.get(next.value.log) ?? (await this.log(next.value.log));
        touched.set(next.value.log, log);
        report.items += 1;
        if (await log.put(next.value, isoFromMs(modifiedMs))) report.appended += 1;
      }
    } catch (error) {
      // What was read is kept; what could not be written is not held to be.
      for (const log of touched.values()) await log.flush().catch(() => this.logs.clear());
      throw error;
    } finally {
      file.close();
    }
    await marks.save();
    return report;
  }

  /** A database in WAL mode changes in files beside it. */
  private async lookAt(path: string): Promise<{ size: number; modifiedMs: number }> {
    const { size, mtimeMs } = await stat(path);
    const all = { size, modifiedMs: Math.trunc(mtimeMs) };
    for (const suffix of this.source.besides) {
      const beside = await stat(path + suffix).catch(() => null);
      if (beside === null) continue;
      all.size += beside.size;
      all.modifiedMs = Math.max(all.modifiedMs, Math.trunc(beside.mtimeMs));
    }
    return all;
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
