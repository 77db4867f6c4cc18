// What of a session's rows is lines of model calls.

export interface CallLines {
  /** How many rows the session has. */
  readonly rows: number;
  /** By message. */
  readonly callLines: ReadonlyMap<bigint, unknown>;
  /** Messages of the lines of model calls from this row on. */
  messagesFrom(row: number): Iterable<bigint>;
}
