// What one or several commits add to the tables, gathered so that it enters them in one transaction:
// rows one after the other, sums added up, of marks and facts what would win between commits too.

import type { FileEntry } from '../../core/file-entry.ts';
import type { Sidecar } from '../../core/sidecar.ts';
import { DeltaSums } from '../rows/delta-sums.ts';
import { GatheredFacts } from '../rows/gathered-facts.ts';
import type { PlacedOddity, PlacedReject, PlacedValue } from '../rows/placed.ts';
import type { RecordColumns } from '../rows/record-columns.ts';

export class CommitGroup {
  readonly records: RecordColumns[] = [];
  readonly rejects: PlacedReject[] = [];
  readonly oddities: PlacedOddity[] = [];
  readonly dimensions: PlacedValue<string>[] = [];
  readonly measures: PlacedValue<number>[] = [];
  /** The last state of each file. */
  readonly files = new Map<number, FileEntry>();
  readonly fileSessions = new Map<number, { file: number; session: number }>();
  readonly sums = new DeltaSums();
  readonly facts = new GatheredFacts();
  /** The last state of each. */
  readonly sidecars = new Map<string, Sidecar>();

  /** Of commits in their order, together. One alone stays what it is. */
  static of(commits: readonly CommitGroup[]): CommitGroup {
    const [first] = commits;
    if (first !== undefined && commits.length === 1) return first;
    const group = new CommitGroup();
    for (const commit of commits) group.add(commit);
    return group;
  }

  private add(later: CommitGroup): void {
    this.records.push(...later.records);
    push(this.rejects, later.rejects);
    push(this.oddities, later.oddities);
    push(this.dimensions, later.dimensions);
    push(this.measures, later.measures);
    for (const [ix, file] of later.files) this.files.set(ix, file);
    for (const [key, pair] of later.fileSessions) this.fileSessions.set(key, pair);
    this.sums.add(later.sums);
    this.facts.add(later.facts);
    for (const sidecar of later.sidecars.values()) this.addSidecar(sidecar);
  }

  addSidecar(sidecar: Sidecar): void {
    this.sidecars.set(`${sidecar.root}/${sidecar.path}`, sidecar);
  }
}

/** Spreading a long list into arguments overflows the stack. */
function push<T>(to: T[], more: readonly T[]): void {
  for (const one of more) to.push(one);
}
