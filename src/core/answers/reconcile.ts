// What differs between the index, the source files and the archive, as JSON. Stable names for programs.

export const FINDING_CODES = [
  // The index against the source files.
  'file_gone', 'file_unreadable', 'file_replaced', 'file_truncated', 'file_changed', 'file_differs', 'file_behind', 'file_unknown',
  // The index against itself.
  'bytes_unaccounted', 'lines_unaccounted', 'sums_differ',
  // The index against the archive.
  'part_missing', 'part_damaged', 'part_unlisted', 'part_rows', 'archive_overlap',
  // Known losses: nothing has these bytes any more.
  'text_lost', 'lines_lost',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

export interface Finding {
  code: FindingCode;
  /** A `notice` is no difference: something is lost, and the index says so. */
  severity: 'error' | 'notice';
  message: string;
  /** What to do about it. */
  hint: string;
  /** `doctor --repair` and the job `repair` can do something about it. */
  repairable: boolean;
  /** A source file's, or a part's relative to the archive. */
  path: string | null;
  file_id: string | null;
  part_id: string | null;
  session_id: string | null;
}

export interface ReconcileAnswer {
  /** Nothing differs. */
  ok: boolean;
  epoch: string;
  checked_at: string;
  duration_ms: number;
  checked: { files: number; bytes: number; parts: number; part_bytes: number; sessions: number };
  /** Parts whose content was not compared yet: so much is read at a time. Their sizes were. */
  parts_unread: number;
  /** Findings of each kind. */
  counts: Partial<Record<FindingCode, number>>;
  /** At most 1,000. */
  items: Finding[];
  truncated: boolean;
}

export interface RepairResult {
  /** What was found before. */
  found: Partial<Record<FindingCode, number>>;
  /** What was done, in words. */
  done: string[];
  /** How it stands now. */
  after: ReconcileAnswer;
}
