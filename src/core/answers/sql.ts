// A user's own SQL: what is asked, what is answered, and the port through which the server asks.

export const SQL_LIMITS = {
  rows: 1000,
  rowsMax: 100_000,
  timeoutMs: 10_000,
  timeoutMaxMs: 60_000,
  /** Of the rows as JSON; what does not fit is left out, and the answer says so. */
  bytesMax: 16 * 1024 * 1024 - 256 * 1024,
} as const;

/** Rows as JSON: as lists in the order of the columns, or as objects by column. */
export type RowForm = 'lists' | 'objects';

export interface SqlRequest {
  sql: string;
  form: RowForm;
  /** Rows at most. */
  limit: number;
  /** Bytes of rows at most. */
  maxBytes: number;
  timeoutMs: number;
}

export interface SqlColumn {
  /** Made unique where a statement names two columns alike. */
  name: string;
  /** As the engine names it: `BIGINT`, `DECIMAL(18,3)`, `STRUCT(a INTEGER)[]`, … */
  type: string;
}

/** One piece of an answer. */
export interface SqlRows {
  /** Rows of JSON, each ended by a newline. */
  text: string;
  rows: number;
}

export interface SqlEnd {
  columns: SqlColumn[];
  rows: number;
  /** Why rows are missing: more than `limit`, or more than `maxBytes`; null where none are. */
  truncated: 'rows' | 'bytes' | null;
  elapsedMs: number;
}

/**
 * Runs one SELECT at a time away from the daemon, in a process that is killed when its time is over.
 * Throws `invalid_parameter` with what the engine says of the statement, `timeout`, or `unavailable` where too many wait.
 */
export interface SqlPort {
  /** `onRows` is awaited before more rows are made. Ends early, killing the query, where the signal aborts. */
  run(request: SqlRequest, onRows: (rows: SqlRows) => void | Promise<void>, signal?: AbortSignal): Promise<SqlEnd>;
  close(): Promise<void>;
}
