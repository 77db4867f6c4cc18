// Folds a commit whose rows have their places: marks repeats, and adds up what it changes. What must be read
// first (ids already seen, calls already known) has been.

import type { SegmentOp } from '../../core/commit-op.ts';
import { FLAG, ID_KIND, USAGE, USAGE_WIDTH } from '../../core/scan-batch.ts';
import type { NamedValues, ScanBatch, Version } from '../../core/scan-batch.ts';
import type { CallLedger } from '../calls/call-ledger.ts';
import type { CallLine } from '../calls/call-line.ts';
import { callKey } from '../calls/call-table.ts';
import type { CallKey } from '../calls/call-table.ts';
import type { CommitGroup } from './commit-group.ts';
import type { PlacedValue } from '../rows/placed.ts';
import type { CommitRows, PlacedSegment } from './commit-rows.ts';
import type { Directories } from '../names/directories.ts';
import { widen } from '../rows/delta-sums.ts';
import { memo } from '../names/memo.ts';
import { msOf } from '../rows/record-columns.ts';
import type { RecordColumns } from '../rows/record-columns.ts';
import type { SeenIds } from './seen-ids.ts';
import { tierName } from '../spending/service-tiers.ts';

/**
 * Of a version that the file's state does not know: it came from another file, or its file is read anew. What is written
 * again so late is mostly as it was, a whole session of it at once, so it adds nothing.
 */
const ALL_COUNTED: Version = { tools: Number.POSITIVE_INFINITY, error: true };

/** Marks repeats and adds up what a commit changes. */
export class CommitFold {
  /** Filled anew for each line: a hundred thousand objects would be made for nothing. */
  private readonly line: CallLine = {
    session: 0, agent: 0, sidechain: false, ms: -1, birthMs: 0, model: 0, tier: 0, usage: { input: 0, output: 0, cacheCreation: 0, cacheRead: 0, cacheCreation1h: 0, webSearches: 0 },
  };
  private readonly key: CallKey = { messageHigh: 0, messageLow: 0, requestHigh: 0, requestLow: 0 };
  private readonly commit: CommitRows;
  private readonly records: RecordColumns;
  private readonly group: CommitGroup;
  private readonly directories: Directories;
  private readonly seen: SeenIds;
  private readonly calls: CallLedger;

  constructor(commit: CommitRows, directories: Directories, seen: SeenIds, calls: CallLedger) {
    this.commit = commit;
    this.records = commit.records;
    this.group = commit.group;
    this.directories = directories;
    this.seen = seen;
    this.calls = calls;
  }

  run(): void {
    const { commit, group } = this;
    for (const segment of commit.segments) {
      this.foldSegment(segment);
      this.addValues(segment);
    }
    for (const { message, line } of commit.moreCalls) this.calls.add(callKey(message, 0n), line);
    const changes = this.calls.takeChanges();
    for (const contribution of changes.removed) group.sums.addUsage(contribution, -1);
    for (const contribution of changes.added) group.sums.addUsage(contribution, 1);
    commit.callChanges = changes;
  }

  private foldSegment({ op, firstRow }: PlacedSegment): void {
    const { scan, file } = op;
    const toolOf = memo((code) => this.directories.strings.ixOf(scan.strings[code] as string));
    let nextCalled = 0;
    for (let row = 0; row < scan.rows; row++) {
      while ((scan.calledRows[nextCalled] as number) < row) nextCalled += 1;
      const at = firstRow + row;
      const session = this.records.session[at] as number;
      const agent = this.records.agent[at] as number;
      const ms = msOf(scan, row);
      const isRepeat = scan.uuid.kind[row] !== ID_KIND.none && !this.seen.add(session, this.records.uuidWords, at * 4);
      const before = this.judge(scan, row, at, isRepeat);
      const flags = this.records.flags[at] as number;
      if ((flags & FLAG.counted) !== 0) this.addCall(op, row, at, ms, file.fingerprint.birthMs);
      const activity = this.group.sums.activityOf(session, agent);
      activity.bytes += (scan.byteLength[row] as number) + ((flags & FLAG.glued) === 0 ? 1 : 0);
      if ((flags & FLAG.duplicate) !== 0) continue;
      if (before === null) {
        activity.records += 1;
        if ((flags & FLAG.message) !== 0) activity.messages += 1;
      }
      if ((flags & FLAG.error) !== 0 && before?.error !== true) activity.errors += 1;
      widen(activity, ms);
      for (let counted = before?.tools ?? 0; scan.calledRows[nextCalled] === row; nextCalled++) {
        if (counted-- > 0) continue;
        activity.toolCalls += 1;
        this.group.sums.addTool(ms, session, agent, toolOf(scan.calledNames[nextCalled] as number));
      }
    }
  }

  /** Of records that are no repeats: which are, folding has told. */
  private addValues({ op, firstRow }: PlacedSegment): void {
    const { dimensions, measures, strings } = op.scan;
    const { group, directories, records } = this;
    const text = (code: number): string => strings[code] as string;
    const nameOf = memo((code) => directories.strings.ixOf(text(code)));
    const add = <T>({ rows, names, values }: NamedValues, to: PlacedValue<T>[], valueOf: (value: number) => T): void => {
      for (const [i, row] of rows.entries()) {
        const at = firstRow + row;
        if (((records.flags[at] as number) & FLAG.duplicate) !== 0) continue;
        to.push({ offset: Number(records.offset[at]), session: records.session[at] as number, ms: msOf(op.scan, row), name: nameOf(names[i] as number), value: valueOf(values[i] as number) });
      }
    };
    add(dimensions, group.dimensions, text);
    add(measures, group.measures, (value) => value);
  }

  /** Marks a repeat, or a newer version of what is there already: then it gives what of that was counted. */
  private judge(scan: ScanBatch, row: number, at: number, isRepeat: boolean): Version | null {
    const replaces = ((this.records.flags[at] as number) & FLAG.replaces) !== 0;
    if (isRepeat && replaces) return scan.versions.get(row) ?? ALL_COUNTED;
    if (isRepeat) this.records.markDuplicate(at);
    else if (replaces) this.records.flags[at] = (this.records.flags[at] as number) & ~FLAG.replaces;
    return null;
  }

  private addCall(op: SegmentOp, row: number, at: number, ms: number, birthMs: number): void {
    const { records, line, key } = this;
    const numbers = op.scan.usage;
    const first = row * USAGE_WIDTH;
    const agent = records.agent[at] as number;
    key.messageLow = records.callWords[at * 2] as number;
    key.messageHigh = records.callWords[at * 2 + 1] as number;
    key.requestLow = records.requestWords[at * 2] as number;
    key.requestHigh = records.requestWords[at * 2 + 1] as number;
    line.session = records.session[at] as number;
    line.agent = agent;
    line.sidechain = agent !== 0 || ((records.flags[at] as number) & FLAG.sidechain) !== 0;
    line.ms = ms;
    line.birthMs = Math.trunc(birthMs);
    line.model = records.model[at] as number;
    line.usage.input = numbers[first + USAGE.input] as number;
    line.usage.output = numbers[first + USAGE.output] as number;
    line.usage.cacheCreation = numbers[first + USAGE.cacheCreation] as number;
    line.usage.cacheRead = numbers[first + USAGE.cacheRead] as number;
    line.usage.cacheCreation1h = numbers[first + USAGE.cacheCreation1h] as number;
    const extras = op.scan.extras.size === 0 ? undefined : op.scan.extras.get(row);
    line.tier = extras === undefined || extras.tier === null ? 0 : this.directories.strings.ixOf(tierName(extras.tier));
    line.usage.webSearches = extras?.webSearches ?? 0;
    this.calls.add(key, line);
  }
}
