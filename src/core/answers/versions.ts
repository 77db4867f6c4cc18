// What an answer may depend on, each with a version: text that changes whenever such an answer may have.

export interface Versions {
  /** Everything that is committed or archived, and the status of every session. */
  lake(): string;
  /** One session: its lines, sums, files and status. */
  session(id: string): string;
  /** The model calls of one session, and their lines wherever they are. */
  ledger(id: string): string;
  /** The subagents of one session, and how they began. */
  links(id: string): string;
  /** One project: all its sessions. */
  project(id: string): string;
}
