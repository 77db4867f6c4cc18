// The record: one source line as the outside sees it (JSON keys are snake_case).
// Offsets are decimal strings outside and safe integers inside; times are ISO 8601 outside and
// milliseconds since the epoch inside.

/** How much of a line's content goes with a record: nothing, its readable text, or text and exact line. */
export type Content = 'none' | 'text' | 'raw';

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

export interface ToolRef {
  id: string | null;
  name: string;
}

export interface ToolResultRef {
  id: string | null;
  is_error: boolean;
}

export interface LakeRecord {
  offset: string;
  session_id: string;
  /** Null on the session's main thread. */
  agent_id: string | null;
  source: string;
  project: string;
  file_id: string;
  /** 1-based number of the line in its file. */
  line: number;
  /** Position of the line's first byte in its file. */
  byte_offset: number;
  /** Bytes of the line without its newline (a carriage return belongs to the line). */
  byte_length: number;
  ts: string | null;
  type: string | null;
  role: string | null;
  uuid: string | null;
  parent_uuid: string | null;
  model: string | null;
  /** As the line states it. Sums come from the rollups: lines of one model call repeat their usage. */
  usage: Usage | null;
  tools: ToolRef[];
  tool_results: ToolResultRef[];
  /** Readable text, or null with content=none and where the bytes are gone. */
  text: string | null;
  /** The line's exact text; bytes that are not UTF-8 show as U+FFFD. Only with content=raw. */
  raw?: string | null;
  /** Present where text and raw are only the beginning, because the line is too long for a page. */
  truncated?: true;
  /** Present on a line that repeats a (session, uuid) already in the lake. */
  duplicate?: true;
  /** Present on a newer version of the record with the same (session, uuid). */
  replaces?: true;
}

export function emptyUsage(): Usage {
  return { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
}

/** Records whose dimension `name`, as configured for a `jsonl` source, is this value. */
export interface DimensionFilter {
  name: string;
  value: string;
}

/**
 * Which records a question is about. Absent keys do not restrict.
 * `types` and `tools` match any of their values; times are milliseconds, `since` inclusive, `until` exclusive.
 */
export interface RecordFilter {
  session?: string;
  project?: string;
  source?: string;
  /** Number of a file in the lake. */
  file?: number;
  types?: readonly string[];
  tools?: readonly string[];
  role?: string;
  /** Only records that have a role: the messages of a conversation. */
  withRole?: boolean;
  /** null: the main thread; a string: that subagent; absent: everything. */
  agent?: string | null;
  model?: string;
  /** Tells of a failure, or does not: a tool result that is an error, a call that the API refused. */
  isError?: boolean;
  dimension?: DimensionFilter;
  /** Only records appended while the daemon watched (`FLAG.live`); never asked for from outside by name. */
  live?: true;
  sinceMs?: number;
  untilMs?: number;
}

/** A range of the lake: offsets in (after, upto], ascending. */
export interface RecordQuery {
  filter: RecordFilter;
  after: number;
  upto: number;
  /** Repeats are left out unless asked for. */
  duplicates: boolean;
  limit?: number;
}
