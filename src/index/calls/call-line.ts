// What a line says of a model call, and what comes of the lines of one.

export interface CallUsage {
  input: number;
  output: number;
  cacheCreation: number;
  cacheRead: number;
  cacheCreation1h: number;
  webSearches: number;
}

/** One line's claim to a call. Times are milliseconds, -1 for none. */
export interface CallLine {
  session: number;
  agent: number;
  sidechain: boolean;
  ms: number;
  /** When the file was made: earlier wins where forks repeat the same times. */
  birthMs: number;
  model: number;
  /** The service tier's name; 0 for the standard one. */
  tier: number;
  usage: CallUsage;
}

/** A call under one request id: who owns it, and the line that counts. */
export interface CallVariant extends CallLine {
  request: bigint;
  bestMs: number;
}

/** The names behind numbers. They settle what times leave open: numbers would depend on the order of arrival. */
export interface CallNames {
  session(ix: number): string;
  agent(ix: number): string;
  /** Also of a tier. */
  model(ix: number): string;
}

/** A session that tells of a call, as others do; the call by the two words of its hash. */
export interface SharedCall {
  messageHigh: number;
  messageLow: number;
  session: number;
}

/** What a call adds to the sums. */
export interface Contribution {
  session: number;
  agent: number;
  model: number;
  tier: number;
  ms: number;
  usage: CallUsage;
}
