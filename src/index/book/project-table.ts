// What the sessions of each project come to, kept as sessions change: what a session counted before is taken
// back, and its times and folders only ever grow. Where one left for another project, the one it left is added up anew.

import { Spending } from '../spending/spending.ts';
import type { SessionFacts, Told } from './session-facts.ts';
import { SpendingRows } from './spending-rows.ts';

export class ProjectSums {
  readonly id: string;
  sessions = 0;
  readonly spent = new Spending();
  firstMs: number | null = null;
  lastMs: number | null = null;
  /** The newest folder told. */
  lastCwd: Told | null = null;
  /** Of several, the first by name. */
  source = '';

  constructor(id: string) {
    this.id = id;
  }

  add(facts: SessionFacts): void {
    this.sessions += 1;
    this.source = this.source === '' || facts.source < this.source ? facts.source : this.source;
    this.grow(facts);
  }

  /** A session that is in it has grown. */
  change(before: Spending, facts: SessionFacts): void {
    this.spent.subtract(before);
    this.grow(facts);
  }

  private grow({ all, firstMs, lastMs, lastCwd }: SessionFacts): void {
    this.spent.add(all);
    if (firstMs !== null && (this.firstMs === null || firstMs < this.firstMs)) this.firstMs = firstMs;
    if (lastMs !== null && (this.lastMs === null || lastMs > this.lastMs)) this.lastMs = lastMs;
    if (lastCwd !== null && (this.lastCwd === null || isNewer(lastCwd, this.lastCwd))) this.lastCwd = lastCwd;
  }
}

export class ProjectTable {
  private readonly projects = new Map<string, ProjectSums>();
  /** By session: the project it counts in, and what it counts there. */
  private readonly places: (ProjectSums | undefined)[] = [];
  private readonly spent = new SpendingRows();
  private readonly touched = new Set<number>();

  /** A session is new, or something of it changed. */
  touch(session: number): void {
    this.touched.add(session);
  }

  /** Counts what changed. `factsOf`: undefined for a session that is none yet. */
  count(factsOf: (session: number) => SessionFacts | undefined): void {
    const left = new Set<ProjectSums>();
    for (const session of this.touched) {
      const facts = factsOf(session);
      if (facts === undefined) continue;
      const place = this.places[session];
      if (place?.id === facts.project) place.change(this.spent.at(session), facts);
      else {
        if (place !== undefined) left.add(place);
        this.enter(session, facts);
      }
      this.spent.set(session, facts.all);
    }
    this.touched.clear();
    if (left.size > 0) this.countAnew(left, factsOf);
  }

  get(id: string): ProjectSums | undefined {
    return this.projects.get(id);
  }

  all(): Iterable<ProjectSums> {
    return this.projects.values();
  }

  /** Numbers of the sessions in some projects, each with its project. */
  *sessionsOf(ids: ReadonlySet<string>): Generator<readonly [session: number, project: string]> {
    if (ids.size === 0) return;
    for (const [session, place] of this.places.entries()) if (place !== undefined && ids.has(place.id)) yield [session, place.id];
  }

  /** The id of the project that a session counts in. */
  of(session: number): string | undefined {
    return this.places[session]?.id;
  }

  private enter(session: number, facts: SessionFacts): void {
    let place = this.projects.get(facts.project);
    if (place === undefined) this.projects.set(facts.project, (place = new ProjectSums(facts.project)));
    place.add(facts);
    this.places[session] = place;
  }

  private countAnew(left: ReadonlySet<ProjectSums>, factsOf: (session: number) => SessionFacts | undefined): void {
    const ids = new Set([...left].map(({ id }) => id));
    const sessions = [...this.sessionsOf(ids)].map(([session]) => session);
    for (const id of ids) this.projects.delete(id);
    for (const session of sessions) {
      const facts = factsOf(session);
      if (facts === undefined) continue;
      this.enter(session, facts);
      this.spent.set(session, facts.all);
    }
  }
}

function isNewer(a: Told, b: Told): boolean {
  if (a.atMs !== b.atMs) return a.atMs > b.atMs;
  return a.line === b.line ? a.cwd > b.cwd : a.line > b.line;
}
