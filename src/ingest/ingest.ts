// The ingest service: finds files, notices what changed, reads it pack by pack and hands it to the
// commit queue. What is appended while it watches goes first; what it finds at the start follows,
// newest files first. Everything it remembers can be thrown away and read from the index again.

import type { Clock } from '../core/time/clock.ts';
import type { Service } from '../core/service.ts';
import type { Root } from './discovery.ts';
import { FileTable } from './file-table.ts';
import type { TableSums } from './file-rows.ts';
import { Intake } from './intake.ts';
import type { IntakeParts, IntakeSettings } from './intake.ts';
import { Lookout } from './lookout.ts';
import type { DocumentTaker } from './takeovers.ts';
import type { OpenFiles } from './source-files.ts';
import { Sweeper } from './sweeper.ts';

export interface IngestSettings extends IntakeSettings {
  roots: readonly Root[];
  sweepMs: number;
  /** False: index once and do not watch. */
  watch: boolean;
  /** Absent: documents that agents rewrite are not read. */
  documents?: DocumentTaker;
  /** Until something is read though not all is found; 200 ms where not given. */
  earlyMs?: number;
}

export class Ingest implements Service {
  private readonly settings: IngestSettings;
  private readonly clock: Clock;
  private readonly table = new FileTable();
  private readonly intake: Intake;
  private readonly lookout: Lookout;
  private readonly sweeper: Sweeper;
  private loaded = false;
  private walked = false;
  private bytesBefore = 0;
  private startedMs = 0;
  private closing = false;
  private closed: Promise<void> | null = null;
  private onIdle: (() => void)[] = [];

  constructor(settings: IngestSettings, parts: IntakeParts) {
    this.settings = settings;
    this.clock = parts.clock;
    this.intake = new Intake(settings, parts, this.table, {
      touched: (file) => this.walked && this.sweeper.heat(file),
      postponed: (file) => this.sweeper.retryAt(file.retryAt),
      empty: () => this.settle(),
      adrift: () => this.sweeper.forget(),
      reloaded: () => this.sweep(),
    });
    const { roots, watch, documents = null, earlyMs } = settings;
    this.lookout = new Lookout({ roots, watch, ...(earlyMs === undefined ? {} : { earlyMs }), exhausted: () => this.sweeper.hurry(), documents, settled: () => this.settle() }, parts, this.table, this.intake);
    this.sweeper = new Sweeper({ clock: parts.clock, intervalMs: settings.sweepMs, full: () => this.fullSweep(), dirty: (file) => this.intake.touch(file), retry: () => this.intake.retryFailed() });
  }

  /** Resolves when every file is known and reading has begun. */
  async start(): Promise<void> {
    await this.load();
    this.startedMs = this.clock.now();
    await this.lookout.start();
    this.walked = true;
    this.intake.watch();
    this.settle();
    if (this.settings.watch && !this.closing) this.sweeper.start(this.lookout.costMs);
  }

  /** Knows the files of the index, once: from then on what was indexed of them can be read. */
  async load(): Promise<void> {
    if (this.loaded) return;
    await this.intake.load();
    this.bytesBefore = this.table.sums.bytesRead;
    this.loaded = true;
  }

  /** Source files, to read what was indexed of them. */
  get open(): OpenFiles {
    return this.intake.open;
  }

  /** Files that are not what was indexed of them, though nothing of their identity tells: at the next look each is another one. */
  distrust(fileIxs: readonly number[]): void {
    for (const fileIx of fileIxs) {
      const file = this.table.at(fileIx);
      if (file !== undefined) file.entry = { ...file.entry, fingerprint: { ...file.entry.fingerprint, tailHash: 'distrusted' } };
    }
  }

  /** Looks at these files again even where size and time say that nothing changed. */
  recheck(fileIxs: readonly number[]): void {
    for (const fileIx of fileIxs) {
      const file = this.table.at(fileIx);
      if (file === undefined) continue;
      file.seenSize = -1;
      this.intake.touch(file);
    }
  }

  /** What it cost, in milliseconds of this thread. */
  private async fullSweep(): Promise<number> {
    await this.sweep();
    return this.lookout.costMs;
  }

  /** Looks at these as a sweep does; resolves when what was found is being read. */
  lookAt(paths: readonly string[]): Promise<void> {
    return this.lookout.lookAt(paths);
  }

  /** Looks at everything; resolves when what was found is being read. */
  sweep(): Promise<void> {
    return this.lookout.sweep();
  }

  /** Resolves when all there is has been indexed and committed, or on close. */
  async caughtUp(): Promise<void> {
    while (!this.isCaughtUp && !this.closing) {
      if (this.walked && this.intake.isEmpty && this.lookout.isSettled) await this.intake.settled();
      else await new Promise<void>((resolve) => this.onIdle.push(resolve));
    }
  }

  get isCaughtUp(): boolean {
    return this.walked && this.lookout.isSettled && this.intake.isIdle;
  }

  /** The first look at every root is done. */
  get hasStarted(): boolean {
    return this.walked;
  }

  get watchMode(): 'watch' | 'sweep' | 'none' {
    return this.lookout.watchMode;
  }

  /** Milliseconds since the oldest change that is not committed yet; 0 when caught up. */
  lagMs(): number {
    const oldest = this.intake.oldestDirty();
    return oldest === null ? 0 : Math.max(0, this.clock.now() - oldest);
  }

  /** Sizes as last seen, which may be ahead of the index. */
  totals(): Readonly<TableSums> {
    return this.table.sums;
  }

  /** What is read since the start: of how many bytes it goes on, and for how long it has. */
  get since(): { bytesBefore: number; elapsedMs: number } {
    return { bytesBefore: this.bytesBefore, elapsedMs: this.clock.now() - this.startedMs };
  }

  /** Files that are read to their end. */
  filesRead(): number {
    return this.table.present().filter((file) => file.dirtySince === null).length;
  }

  /** Stops reading, commits what was read, lets everything go. */
  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  private async shutDown(): Promise<void> {
    this.closing = true;
    this.sweeper.stop();
    this.intake.hurry();
    await this.lookout.close();
    await this.intake.close();
    for (const resolve of this.onIdle.splice(0)) resolve();
  }

  private settle(): void {
    if (this.walked && this.intake.isEmpty && this.lookout.isSettled) for (const resolve of this.onIdle.splice(0)) resolve();
  }
}
