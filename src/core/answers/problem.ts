// What is wrong and somebody can mend, as JSON.

export interface Problem {
  /** A stable name, e.g. `unreadable_file`, `compressed_file`, `watch_limit`, `disk_full`. */
  code: string;
  message: string;
  hint: string | null;
  path: string | null;
  since: string;
}
