// The commits that are durable in the journal and not in the tables yet, and when they are taken there:
// some seconds after the first of them, or when there are many.

import type { Logger } from '../../core/logger.ts';
import type { CommitOp } from '../../core/commit-op.ts';
import { Journal, withoutBytes } from '../store/journal.ts';
import type { JournalEntry } from '../store/journal.ts';

/** When so much waits, the next commit takes it into the tables. */
const MAX_BYTES = 1024 * 1024;
/** What waits is in the tables after this time, if nobody asks before. Each time costs a flush of every table touched, whatever waits. */
const APPLY_AFTER_MS = 5000;
/** So many rows are taken there at once: commits wait meanwhile, and for more they would wait too long. */
const APPLY_AFTER_ROWS = 256;

interface WriteAheadOptions {
  /** Source bytes of a commit that goes into the journal; 0 for none. */
  commitMaxBytes: number;
  logger: Logger;
  /** Takes what waits into the tables. */
  apply: () => Promise<void>;
}

export class WriteAhead {
  waiting: JournalEntry[] = [];
  private readonly options: WriteAheadOptions;
  private journal: Journal | null = null;
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(options: WriteAheadOptions) {
    this.options = options;
  }

  async open(path: string, epoch: string): Promise<void> {
    this.journal = await Journal.open(path, epoch);
  }

  /** What has to follow commit `seq`. */
  entriesAfter(seq: number): JournalEntry[] {
    const entries = this.journal?.entriesAfter(seq) ?? [];
    if (entries[0] === undefined || entries[0].seq === seq + 1) return entries;
    this.options.logger.error({ from: entries[0].seq, stored: seq }, 'the journal goes on after commits that the tables do not have; the lines are read again from the saved offsets');
    return [];
  }

  /** True where the commit is durable here; false where it has to go into the tables. `rows`: of all that wait, this one included. */
  async append(seq: number, ops: readonly CommitOp[], rows: number): Promise<boolean> {
    const { journal, options } = this;
    const bytes = ops.reduce((sum, op) => sum + (op.kind === 'segment' ? op.scan.bytes : 0), 0);
    if (journal === null || !journal.isUsable || bytes > options.commitMaxBytes || journal.bytes > MAX_BYTES) return false;
    const entry = { seq, ops: withoutBytes(ops) };
    try {
      await journal.append(entry);
    } catch (error) {
      options.logger.warn({ err: error }, 'the journal cannot be written; the commit goes into the tables');
      return false;
    }
    this.waiting.push(entry);
    if (rows >= APPLY_AFTER_ROWS) this.applyNow();
    else this.timer ??= setTimeout(() => this.applyNow(), APPLY_AFTER_MS);
    return true;
  }

  /** All that waited is in the tables. */
  rewind(): void {
    this.waiting = [];
    this.journal?.rewind();
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.journal?.close();
  }

  private applyNow(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    void this.options.apply().catch((error: unknown) => {
      this.options.logger.error({ err: error }, 'the journal could not be taken into the tables');
      if (!this.closed) this.timer ??= setTimeout(() => this.applyNow(), APPLY_AFTER_MS);
    });
  }
}
