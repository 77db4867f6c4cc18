// The facts of one session as they are when they are asked for: read where they are held, so that going through all
// sessions makes nothing that is not looked at. Not to be kept over a commit.

import type { SessionName } from '../names/session-name.ts';
import type { Spending } from '../spending/spending.ts';
import { timeOf } from './agent-rows.ts';
import type { BookPages } from './book-pages.ts';
import type { FilesFacts } from './file-marks.ts';
import type { AgentFacts, SessionFacts, Told } from './session-facts.ts';

export class SessionView implements SessionFacts {
  private readonly name: SessionName;
  private readonly pages: BookPages;
  private made: FilesFacts | null = null;

  constructor(name: SessionName, pages: BookPages) {
    this.name = name;
    this.pages = pages;
  }

  get ix(): number {
    return this.name.ix;
  }

  get id(): string {
    return this.name.id;
  }

  get source(): string {
    return this.name.source;
  }

  get project(): string {
    return this.name.project;
  }

  get firstMs(): number | null {
    return timeOf(this.pages.sessions.of.firstMs[this.ix] as number);
  }

  get lastMs(): number | null {
    return timeOf(this.pages.sessions.of.lastMs[this.ix] as number);
  }

  get records(): number {
    return this.pages.sessions.of.records[this.ix] as number;
  }

  get messages(): number {
    return this.pages.sessions.of.messages[this.ix] as number;
  }

  get toolCalls(): number {
    return this.pages.sessions.of.toolCalls[this.ix] as number;
  }

  get errors(): number {
    return this.pages.sessions.of.errors[this.ix] as number;
  }

  get bytes(): number {
    return this.pages.sessions.of.bytes[this.ix] as number;
  }

  get agents(): readonly AgentFacts[] {
    return this.pages.sessions.agentsOf(this.ix);
  }

  get files(): number {
    return this.ofFiles.files;
  }

  get offsetBytes(): number {
    return this.ofFiles.offsetBytes;
  }

  get archivedBytes(): number {
    return this.ofFiles.archivedBytes;
  }

  get modifiedMs(): number | null {
    return this.ofFiles.modifiedMs;
  }

  get gone(): boolean {
    return this.ofFiles.gone;
  }

  get title(): string | null {
    return this.pages.sessions.titleOf(this.ix);
  }

  get cwd(): string | null {
    return this.pages.sessions.cwdOf(this.ix);
  }

  get lastCwd(): Told | null {
    return this.pages.sessions.lastCwdOf(this.ix);
  }

  get own(): Spending {
    return this.pages.spentBy(this.ix).own;
  }

  get all(): Spending {
    return this.pages.spentBy(this.ix).all;
  }

  get models(): ReadonlySet<number> {
    return this.pages.spentBy(this.ix).models;
  }

  uses(model: number): boolean {
    return this.pages.usage.hasCallsOf(this.ix, model);
  }

  private get ofFiles(): FilesFacts {
    return (this.made ??= this.pages.sessions.filesOf(this.ix, this.pages.files));
  }
}
