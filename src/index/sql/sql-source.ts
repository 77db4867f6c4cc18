// What users' SQL is read from: databases to open, and where the index's tables are in them.

/** What of the index is needed. */
export type IndexTable =
  | 'records' | 'calls' | 'strings' | 'sessions' | 'agents' | 'agent_links' | 'agent_origins' | 'sidecars' | 'tasks' | 'titles' | 'cwds' | 'activity_deltas' | 'files' | 'file_marks' | 'archive_segments';

export interface SqlSource {
  /** By the name they are attached under; read-only. */
  files: Readonly<Record<string, string>>;
  /** A table's name, or a SELECT in parentheses. */
  table: (name: IndexTable) => string;
}
