// What lies under the roots: every folder and file at a sweep, a single name where a hint points. What it
// finds it gives to arrivals, and what came of that is read. Hints may be lost; the sweep is the truth.

import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Problem } from '../core/answers/problem.ts';
import { Turns } from '../core/time/turns.ts';
import { discover, isAbsence, isMisread, resolveRoot } from './discover.ts';
import { classified, documentBeside, emptyDiscovery, isOfRoot, newestFirst, newestOf, verdictOn } from './discovery.ts';
import type { Discovery, FoundFile, Root } from './discovery.ts';
import type { FileTable } from './file-table.ts';
import { FoundProblems } from './found-problems.ts';
import { inodeKey } from './identity.ts';
import type { Intake, IntakeParts } from './intake.ts';
import { Takeovers } from './takeovers.ts';
import type { DocumentTaker } from './takeovers.ts';
import type { TrackedFile } from './tracked-file.ts';
import { Watcher } from './watcher.ts';

interface LookoutOptions {
  /** As configured: they may not exist yet, and lead through links. */
  roots: readonly Root[];
  /** False: looks only where it is told to. */
  watch: boolean;
  /** Called when watching is not possible: sweeping is all there is. */
  exhausted: () => void;
  documents: DocumentTaker | null;
  /** Where the first look takes longer, some of what was found by then are read before all is known: something is to be seen soon. 200 ms where not given. */
  earlyMs?: number;
  /** Called when the last document that was waited for is taken over. */
  settled: () => void;
}

/** A sweep looks at so many in less time. */
const MANY_PATHS = 1000;
const EARLY_MS = 200;
const EARLY_FILES = 64;
/** Problems that end when a file is found elsewhere. */
const ENDED_BY_MOVE = ['unfinished_file', 'lost_log'];

export class Lookout {
  private readonly options: LookoutOptions;
  private readonly parts: Pick<IntakeParts, 'problems' | 'logger'>;
  private readonly table: FileTable;
  private readonly intake: Intake;
  private readonly watcher: Watcher;
  private readonly takeovers: Takeovers;
  private readonly foundProblems: FoundProblems;
  private roots: Root[] = [];
  private closing = false;
  /** No sweep has come to its end yet. */
  private isFirst = true;
  /** What the last sweep took of this thread, in milliseconds. */
  costMs = 0;
  private sweeping: Promise<void> | null = null;
  private sweepAgain = false;
  private looksUnderway = 0;

  constructor(options: LookoutOptions, parts: Pick<IntakeParts, 'problems' | 'logger'>, table: FileTable, intake: Intake) {
    this.options = options;
    this.parts = parts;
    this.table = table;
    this.intake = intake;
    this.foundProblems = new FoundProblems(parts.problems);
    this.takeovers = new Takeovers({
      documents: options.documents, watch: options.watch, problems: parts.problems, sidecars: intake.sidecars,
      grown: (log) => this.readOn(log), unsettled: (path) => this.lookAgain(path), settled: () => this.isSettled && options.settled(),
    });
    this.watcher = new Watcher({ name: (dir, name, renamed) => this.hint(dir, name, renamed), lost: (dir) => this.lookAgain(dir), root: () => this.sweepSoon(), exhausted: (message) => this.exhausted(message) });
  }

  /** Resolves when everything was looked at once. */
  async start(): Promise<void> {
    this.roots = await Promise.all(this.options.roots.map(resolveRoot));
    this.watchRoots();
    await this.sweep();
  }

  /** Nothing that was told of is still to be looked at, and no document is being taken over. */
  get isSettled(): boolean {
    return this.takeovers.isSettled && this.looksUnderway === 0;
  }

  get watchMode(): 'watch' | 'sweep' | 'none' {
    return this.options.watch ? this.watcher.mode : 'none';
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.watcher.close();
  }

  /** The truth: every folder and file of every root, and what is no longer there. One at a time; asked for meanwhile, one more follows. */
  sweep(): Promise<void> {
    if (this.sweeping !== null) {
      this.sweepAgain = true;
      return this.sweeping;
    }
    this.sweeping = this.sweepOver().finally(() => (this.sweeping = null));
    return this.sweeping;
  }

  /** As a sweep does, at these alone. */
  async lookAt(paths: readonly string[]): Promise<void> {
    if (paths.length > MANY_PATHS) return this.sweep();
    for (const absolute of paths) {
      const stats = await lstat(absolute).catch(() => null);
      const root = this.rootOf(absolute);
      if (stats?.isFile() !== true || root === undefined) await this.look(absolute);
      else await this.take(classified(root, absolute, stats));
    }
  }

  private get isOpen(): boolean {
    return !this.closing && this.intake.isReady;
  }

  private hint(dir: string, name: string, renamed: boolean): void {
    const absolute = `${dir}/${name}`;
    const known = this.table.atPath(absolute);
    if (known !== undefined && known.state === 'present') {
      this.intake.touch(known);
      if (!renamed) return;
    }
    this.lookAgain(absolute);
  }

  private lookAgain(absolute: string): void {
    this.looksUnderway += 1;
    void this.look(absolute)
      .catch((error: unknown) => this.parts.logger.warn({ path: absolute, err: error }, 'a change could not be looked at'))
      .finally(() => {
        this.looksUnderway -= 1;
        if (this.isSettled) this.options.settled();
      });
  }

  /** What a name stands for now. */
  private async look(absolute: string): Promise<void> {
    let stats: Stats | null = null;
    try {
      stats = await lstat(absolute);
    } catch (error) {
      // What cannot be seen now is not gone.
      if (!isAbsence(error)) return;
    }
    if (!this.isOpen) return;
    const known = this.table.atPath(absolute);
    if (stats === null) this.watcher.unwatchDir(absolute);
    if (known !== undefined && stats?.isFile() !== true) this.intake.vanish(known);
    if (stats === null && isMisread(absolute)) this.missed(absolute);
    else if (stats === null) this.foundProblems.takeBack(emptyDiscovery(), this.foundProblems.told(absolute));
    if (stats === null || (known !== undefined && isAsKnown(known, stats))) return;
    const root = this.rootOf(absolute);
    if (root === undefined) return;
    if (stats.isDirectory()) {
      const told = this.foundProblems.told(absolute);
      const found = await this.walk(root, absolute);
      await this.take(found);
      this.foundProblems.takeBack(found, told);
    }
    if (stats.isFile()) {
      await this.take(classified(root, absolute, stats));
      const document = documentBeside(root, absolute);
      if (document !== null) this.lookAgain(document);
    }
  }

  /** A sweep sees whether the name is there. */
  private missed(absolute: string): void {
    const root = this.rootOf(absolute);
    if (root === undefined || verdictOn(root, absolute.slice(root.path.length + 1)) === 'other') return;
    if (!this.parts.problems.list().some(({ path }) => path === absolute)) this.sweepSoon();
  }

  private exhausted(message: string): void {
    this.parts.logger.warn({ code: 'watch_limit' }, `files cannot be watched: ${message}`);
    this.parts.problems.raise('watch_limit', `Files cannot be watched: ${message}`, { hint: 'Raise fs.inotify.max_user_watches or the open-file limit; until then changes are found by sweeping.' });
    this.options.exhausted();
  }

  private rootOf(absolute: string): Root | undefined {
    return this.roots.find((root) => isOfRoot(root, absolute));
  }

  private sweepSoon(): void {
    if (this.closing) return;
    void this.sweep().catch((error: unknown) => this.parts.logger.warn({ err: error }, 'the roots could not be looked at'));
  }

  private async sweepOver(): Promise<void> {
    do {
      this.sweepAgain = false;
      await this.sweepOnce();
    } while (this.sweepAgain && !this.closing);
  }

  private async sweepOnce(): Promise<void> {
    const turns = new Turns();
    const found = emptyDiscovery();
    const told = this.foundProblems.told(null);
    const early = this.isFirst ? setTimeout(() => void this.take(newestOf(found, EARLY_FILES)), this.options.earlyMs ?? EARLY_MS) : undefined;
    await this.walkRoots(found, turns);
    clearTimeout(early);
    if (this.isFirst) found.files.sort(newestFirst);
    // What it is to find files for the first time is not what a sweep costs.
    await this.take(found, this.isFirst ? new Turns() : turns);
    this.isFirst = false;
    if (this.isOpen) await this.lookForGone(found, told, turns);
    this.costMs = turns.spentMs;
  }

  private async walkRoots(found: Discovery, turns: Turns): Promise<void> {
    if (this.options.watch) this.watcher.checkRoots();
    for (const [i, configured] of this.options.roots.entries()) {
      const root = await resolveRoot(configured);
      const isElsewhere = this.roots[i]?.path !== root.path;
      this.roots[i] = root;
      if (isElsewhere) this.watchRoots();
      if (this.closing) return;
      await this.walk(root, root.path, found, turns);
    }
  }

  /** Where they are, and the way there. */
  private watchRoots(): void {
    if (this.options.watch && !this.closing) this.watcher.watchRoots([...new Set([...this.options.roots, ...this.roots].map((root) => root.path))]);
  }

  /** What a sweep did not find. `told`: problems that there were when it began. */
  private async lookForGone(found: Discovery, told: readonly Problem[], turns: Turns): Promise<void> {
    this.foundProblems.takeBack(found, told);
    // Those that moved were found elsewhere by now.
    for (const file of this.table.displaced()) if (this.isUnderRoot(file)) this.intake.arrivals.retire(file, false);
    const paths = new Set(found.files.map((file) => file.absolute));
    for (const file of this.table.present()) {
      const { absolute } = file;
      if (!paths.has(absolute) && this.isUnderRoot(file)) this.lookAgain(absolute);
      if (turns.isOver) await turns.next();
    }
  }

  private isUnderRoot(file: TrackedFile): boolean {
    return this.roots.some((root) => root.path === file.root);
  }

  private async walk(root: Root, start: string, found = emptyDiscovery(), turns = new Turns()): Promise<Discovery> {
    const enter = (dir: string, stats: Stats): void => {
      if (this.options.watch && !this.closing) this.watcher.watchDir(dir, inodeKey(stats));
    };
    await discover(root, start, found, { enter, turns, newestFirst: this.isFirst });
    return found;
  }

  /** In the order in which it is given: what comes first is read first. */
  private async take(found: Discovery, turns = new Turns()): Promise<void> {
    if (!this.isOpen) return;
    this.foundProblems.raise(found);
    for (const file of found.files) {
      this.arrive(file);
      if (turns.isOver) await turns.next();
      if (!this.isOpen) return;
    }
    for (const document of found.documents) void this.takeovers.document(document);
    if (found.sidecars.length > 0) void this.takeovers.sidecars(found.sidecars, () => this.isOpen);
  }

  private arrive(found: FoundFile): void {
    const arrival = this.intake.arrivals.arrive(found);
    if (arrival === null) return;
    if (arrival.movedFrom !== undefined) for (const code of ENDED_BY_MOVE) this.parts.problems.clear(code, arrival.movedFrom);
    if (arrival.changed) this.intake.touch(arrival.file);
  }

  private async readOn(absolute: string): Promise<void> {
    const known = this.table.atPath(absolute);
    if (known !== undefined && known.state === 'present') this.intake.touch(known);
    else await this.look(absolute);
  }
}

function isAsKnown(file: TrackedFile, stats: Stats): boolean {
  return file.state === 'present' && !file.vanished && file.isInode(stats);
}
