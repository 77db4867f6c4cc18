// A source's file in lists, as JSON.

export interface FileItem {
  id: string;
  source: string;
  project: string;
  path: string;
  /** Where the source's files lie: the beginning of `path`. */
  root: string;
  /** Counts the times this path was replaced by other content. */
  generation: number;
  offset: number;
  size: number;
  /** Bytes in the file that are not indexed yet: at rest, an unfinished last line. */
  lag_bytes: number;
  lines: number;
  rejects: number;
  /** Records in which something is wrong. */
  flagged: number;
  /** By reason, how many lines are rejected for it or flagged. */
  reasons: Record<string, number>;
  archived_bytes: number;
  modified_at: string | null;
  /** `present`, `gone` (deleted at its source) or `replaced` (by a later generation). */
  state: 'present' | 'gone' | 'replaced';
}
