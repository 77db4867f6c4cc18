/** What is to be known of a session's agents and of the calls that started them. */
export interface AgentTimes {
  /** Of agents that have dated records, by number: when they began, and when they last wrote in (after, upto]. */
  lately(after: number, upto: number): Promise<ReadonlyMap<number, WroteLately>>;
  /** When the first result of each call came that came in (after, upto]. */
  ended(calls: readonly string[], after: number, upto: number): Promise<ReadonlyMap<string, number>>;
}

export interface WroteLately {
  first_ms: number;
  wrote_ms: number | null;
}
