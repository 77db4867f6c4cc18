// The boundary between bytes and rows: what scanning a segment of complete lines gives.
// Struct of arrays of fixed width, so that a batch crosses threads by transfer and enters the
// database by copying; strings are few and dictionary-coded. Rows are in file order.

import type { TextColumn } from './bytes/text-column.ts';

/** Bits of `flags`. */
export const FLAG = {
  /** Repeats a (session, uuid) already in the lake; set at commit. */
  duplicate: 1,
  sidechain: 2,
  hasUsage: 4,
  /** A record that shares its line with the next one: no newline follows its bytes. */
  glued: 8,
  error: 16,
  /** Appended while the daemon watched; set at commit. */
  live: 32,
  /** A message of a conversation: has a role. */
  message: 64,
  /** Its usage stands for a model call; false for synthetic models. */
  counted: 128,
  /** A newer version of the record with the same (session, uuid). Cleared at commit where there is no such record. */
  replaces: 256,
  /** What a human typed, on the main thread: no tool result, no note, no command of the agent's own. */
  prompt: 512,
  /** Brings results of tool calls, and calls none. */
  onlyResults: 1024,
} as const;

/** How an id column is to be read. */
export const ID_KIND = { none: 0, uuid: 1, text: 2 } as const;

/** Usage columns per row, in this order. */
export const USAGE_WIDTH = 5;
export const USAGE = { input: 0, output: 1, cacheCreation: 2, cacheRead: 3, cacheCreation1h: 4 } as const;

/** 128 bits an id. A UUID as its bytes; any other id as its hash, with the original in a sparse map. */
export interface IdColumn {
  kind: Uint8Array;
  bytes: Uint8Array;
  text: Map<number, string>;
}

export interface RejectedLine {
  /** How many rows of the batch come before it. */
  rowsBefore: number;
  line: number;
  byteOffset: number;
  byteLength: number;
  reason: RejectReason;
  detail: string | null;
  /** Index into `strings`: the session the file belongs to at that point. */
  session: number;
}

export const REJECT_REASONS = ['blank', 'invalid_json', 'not_an_object', 'too_large', 'nul_bytes', 'adapter', 'lost'] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** Where in its file something was told. It decides between equals, so that the order in which files arrive does not. */
export interface Told {
  /** The latest time that the file's lines told so far: milliseconds, -1 for none. */
  at: number;
  line: number;
}

/** Rare things a line says about something larger than itself. String fields are text, not indexes. */
export type Fact = TitleFact | CwdFact | LinkFact | TaskFact | AgentFact | CallFact;

export type TitleFact = Told & { kind: 'title'; session: string; rank: number; title: string };
export type CwdFact = Told & { kind: 'cwd'; session: string; cwd: string };
export type LinkFact = Told & { kind: 'link'; session: string; agent: string; toolUseId: string; rule: LinkRule; parentAgent: string | null };

/** A tool call that may start agents. */
export type TaskFact = Told & {
  kind: 'task';
  session: string;
  /** The agent that made the call; null: the main thread. */
  agent: string | null;
  toolUseId: string;
  agentType: string | null;
  description: string | null;
  /** Hash of what the agent was told to do; 0 where that is not known. */
  prompt: bigint;
  /** The run that it started, of several agents. */
  run: string | null;
};

/** What a subagent's own lines tell of where it comes from. */
export type AgentFact = Told & {
  kind: 'agent';
  session: string;
  agent: string;
  /** Hash of what it was told to do; 0 where that is not known. */
  prompt: bigint;
  /** The run that it is part of. */
  run: string | null;
};

/** A model call that a line tells of beside its own. */
export interface CallFact {
  kind: 'call';
  session: string;
  agent: string | null;
  /** Milliseconds; NaN where the line has no time. */
  ts: number;
  model: string;
  /** As in `callMessage`. */
  message: bigint;
  /** `USAGE_WIDTH` numbers. */
  usage: readonly [number, number, number, number, number];
}

/**
 * How a subagent was linked to the tool call that started it, strongest first: the file beside its log, the result of
 * the call, an event, the progress told while it ran, the notice of its end, the run that it is part of, and that it was
 * told in so many words what the call says.
 */
export const LINK_RULES = ['meta', 'tool_result', 'event', 'progress', 'notification', 'run', 'prompt'] as const;
export type LinkRule = (typeof LINK_RULES)[number];

/** What earlier versions of a record had already: so many of its tools, in their order, and the error. */
export interface Version {
  tools: number;
  error: boolean;
}

/**
 * What is wrong with a line that is a record all the same: a field of another type, an id that is not there, a number
 * or a time that no log can mean, something that is said to have begun itself.
 */
export const ODDITIES = ['wrong_type', 'missing_id', 'absurd_number', 'absurd_time', 'cycle'] as const;
export type Oddity = (typeof ODDITIES)[number];

/** Values of rows by name: as many numbers in each list. */
export interface NamedValues {
  rows: number[];
  names: number[];
  values: number[];
}

/** What few model calls have beside their tokens. */
export interface CallExtras {
  /** Other than the standard one: `batch`, `priority`, `fast`, …; null for that. */
  tier: string | null;
  webSearches: number;
}

export interface ScanBatch {
  rows: number;
  line: Uint32Array;
  byteOffset: Float64Array;
  byteLength: Uint32Array;
  /** Milliseconds since the epoch; NaN where the line has no time. */
  ts: Float64Array;
  /** Indexes into `strings`; -1 for none (agent: the main thread). `session` is never -1. */
  session: Int32Array;
  agent: Int32Array;
  type: Int32Array;
  role: Int32Array;
  model: Int32Array;
  uuid: IdColumn;
  parent: IdColumn;
  flags: Uint16Array;
  /** `USAGE_WIDTH` numbers a row. */
  usage: Float64Array;
  /** 64-bit hash of the model call's message id, and of its request id; 0 where there is none. */
  callMessage: BigUint64Array;
  callRequest: BigUint64Array;
  /** JSON arrays of {id,name} and {id,is_error}. */
  tools: TextColumn;
  toolResults: TextColumn;
  /** The tools called, one after the other: whose row, and the name's index into `strings`. */
  calledRows: Uint32Array;
  calledNames: Uint32Array;
  /** Of rows that replace an earlier version, as far as the file tells; sparse. */
  versions: Map<number, Version>;
  /** What rows can be grouped by, and their numbers, one after the other; mostly none. `names` and texts are indexes into `strings`. */
  dimensions: NamedValues;
  measures: NamedValues;
  /** Of rows in which something is wrong, in the order of their names; sparse. */
  oddities: Map<number, readonly Oddity[]>;
  /** Of rows whose call has any; sparse. */
  extras: Map<number, CallExtras>;
  strings: string[];
  facts: Fact[];
  rejects: RejectedLine[];
  /** Complete lines seen, blank and rejected ones included. */
  lines: number;
  /** Bytes up to and including the last newline. */
  bytes: number;
  /** The adapter's state after the last line, as JSON: what the next segment begins with. */
  state: string;
  /** The file's project as its lines tell it; null where the path decides. */
  project: string | null;
}
