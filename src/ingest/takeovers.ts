// What is found and is no log: documents that agents rewrite, whose news goes into logs of our own, and
// small documents beside logs. Taking them over goes on beside the looking.

import { messageOf } from '../core/errors.ts';
import { isAbsence } from './discover.ts';
import type { FoundFile, Root } from './discovery.ts';
import type { FileStats } from './identity.ts';
import type { Problems } from './problems.ts';
import type { Sidecars } from './sidecars.ts';

/** Takes over what is new in documents, into logs below another root. */
export interface DocumentTaker {
  /** Absolute paths of the logs that have grown; not settled where it is to be looked at once more. Rejects where the document cannot be read as one. */
  take(root: Root, path: string, stats: FileStats): Promise<{ logs: readonly string[]; settled: boolean }>;
}

interface TakeoverOptions {
  /** Null: documents are left alone. */
  documents: DocumentTaker | null;
  /** False: nothing is looked at again. */
  watch: boolean;
  problems: Problems;
  sidecars: Sidecars;
  /** Reads on in a log that a document went into. */
  grown: (log: string) => Promise<void>;
  /** Called with the path of a document that is to be looked at again. */
  unsettled: (path: string) => void;
  /** Called when the last that was waited for is taken over. */
  settled: () => void;
}

/** Until a document that changed while it was read is looked at again. */
const UNSETTLED_MS = 2500;

export class Takeovers {
  private readonly options: TakeoverOptions;
  private underway = 0;

  constructor(options: TakeoverOptions) {
    this.options = options;
  }

  get isSettled(): boolean {
    return this.underway === 0;
  }

  /** `isOpen`: asked before each; false ends it. */
  sidecars(found: readonly FoundFile[], isOpen: () => boolean): Promise<void> {
    return this.counted(this.options.sidecars.take(found, isOpen));
  }

  async document(found: FoundFile): Promise<void> {
    if (this.options.documents !== null) await this.counted(this.takeOver(found, this.options.documents));
  }

  private async takeOver({ root, path, absolute, stats }: FoundFile, documents: DocumentTaker): Promise<void> {
    const { problems, watch, grown, unsettled } = this.options;
    try {
      const { logs, settled } = await documents.take(root, path, stats);
      for (const log of logs) await grown(log);
      if (!settled && watch) setTimeout(() => unsettled(absolute), UNSETTLED_MS).unref();
      problems.clear('unreadable_document', absolute);
    } catch (error) {
      if (!isAbsence(error)) problems.raise('unreadable_document', `${absolute} cannot be read: ${messageOf(error)}`, { path: absolute, hint: 'It is tried again when it changes; what was read of it before is kept.' });
    }
  }

  private async counted(work: Promise<void>): Promise<void> {
    this.underway += 1;
    try {
      await work;
    } finally {
      this.underway -= 1;
      if (this.isSettled) this.options.settled();
    }
  }
}
