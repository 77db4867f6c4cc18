// The contract of a source: what files an agent leaves, what a path says, what a line says.
// Adapters are pure. They never read a file and never see another line than the one they are given:
// what one line must know of earlier ones is in the state, which is saved with the file's offset.

import type { JsonBytes } from '../core/bytes/json-bytes.ts';
import type { Id } from '../core/id-bytes.ts';
import type { CallExtras, LinkRule, Version } from '../core/scan-batch.ts';
import type { ToolRef, ToolResultRef } from '../core/answers/record.ts';
import type { SourceId } from '../core/settings/source-id.ts';

/** Settings an adapter may need, the same for every file of a daemon. Crosses threads, so plain data. */
export interface AdapterOptions {
  jsonl: JsonlFields;
  /** What else of a `jsonl` source's lines is kept; absent: nothing. */
  values?: JsonlValues;
}

/** Where lines keep what they can be grouped by, and numbers to sum and plot: JSON pointers, by name. */
export interface JsonlValues {
  dimensions: readonly { name: string; pointer: string }[];
  measures: readonly { name: string; pointer: string }[];
}

/** Where a `jsonl` source's lines keep their fields: JSON pointers or bare top-level keys; null: guessed. */
export interface JsonlFields {
  id: string | null;
  time: string | null;
  type: string | null;
  session: string | null;
  text: string | null;
  parent: string | null;
}

export interface Environment {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

/** What a path alone says. */
export interface PathFacts {
  /** Safe in URLs. */
  project: string;
  session: string;
  /** The path alone decides the session, whatever the lines say. */
  certain: boolean;
  /** Null for a main thread's file. */
  agent: string | null;
  /** The run of several agents that the file is part of. */
  run?: string;
}

/** `sidecar`: a small JSON document beside a log, which says more about it. */
export type FileVerdict = 'source' | 'sidecar' | 'compressed' | 'other';

/** What a sidecar says about a subagent. */
export interface SidecarFacts {
  session: string;
  agent: string;
  toolUseId: string | null;
  agentType: string | null;
  description: string | null;
}

export interface UsageNumbers {
  input: number;
  output: number;
  cacheCreation: number;
  cacheRead: number;
  /** The part of `cacheCreation` that was written for an hour. */
  cacheCreation1h: number;
}

/** A model call by its own id. */
export interface ModelCall {
  model: string;
  usage: UsageNumbers;
  callId: string;
  /** Milliseconds; absent or NaN: the line's. */
  ts?: number;
}

/** What a line says, filled by an adapter; reused from line to line. */
export interface LineFacts {
  session: string;
  agent: string | null;
  /** Milliseconds; NaN where the line has no time. */
  ts: number;
  type: string | null;
  role: string | null;
  model: string | null;
  uuid: Id | null;
  parentUuid: Id | null;
  sidechain: boolean;
  error: boolean;
  /** What a human typed, on the main thread. */
  prompt: boolean;
  usage: UsageNumbers | null;
  /** False where the usage is no model call's (synthetic models). */
  counted: boolean;
  /** The model call's own id and its request's id. Without either the line stands for itself. */
  callId: string | null;
  requestId: string | null;
  /** What the call has beside its tokens; null where it has nothing. */
  extras: CallExtras | null;
  /** Further calls, where one line tells of several. */
  moreCalls: ModelCall[];
  /** A newer version of the record with the same uuid, rather than a repeat of it. */
  replaces: boolean;
  /** Of the version before it in the file; null where there is none, or it is not known: then the line adds no tools and no error. */
  version: Version | null;
  tools: ToolRef[];
  toolResults: ToolResultRef[];
  title: { rank: number; title: string } | null;
  cwd: string | null;
  links: { agent: string; toolUseId: string; rule: LinkRule }[];
  tasks: Task[];
  /** What the line tells of where its own agent comes from. */
  origin: Origin | null;
  /** What the record can be grouped by, and its numbers; of sources that are configured to have some. */
  dimensions: { name: string; value: string }[];
  measures: { name: string; value: number }[];
}

/** A tool call that may start agents. */
export interface Task {
  toolUseId: string;
  agentType: string | null;
  description: string | null;
  /** What the agent is told to do, where its own log says the same. */
  prompt?: string | null;
  /** The run that it started, of several agents. */
  run?: string;
}

export interface Origin {
  /** What the agent was told to do, first of all. */
  prompt: string | null;
  /** The run that it is part of. */
  run: string | null;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The keys of a line that an adapter reads; nothing else of it is looked into. What is wanted at a key:
 * - `value`: a string, number, boolean or null
 * - `word`: the same, where it is one of few different strings
 * - `time`: the same; an ISO time may come as a `ReadTime`, so it is read with `timeOf`
 * - `uuid`: the same; a UUID may come as `UuidWords`, so it is read with `idOf`
 * - a shape: an object, of which these keys are read
 * - a list of one shape: a list of objects, of each of which these keys are read
 */
export interface Shape {
  readonly [key: string]: Wanted;
}
export type Wanted = 'value' | 'word' | 'time' | 'uuid' | Shape | readonly [Shape];

/** What one line must know of the lines before it in its file. Saved with the file's offset, so small and bounded. */
export interface SourceState {
  /** The session that a line which cannot be read belongs to. */
  session: string;
  /** The file's project, where lines tell it and the path does not. Safe in URLs. */
  project?: string;
  /** The latest time told so far; kept by the scan. */
  at?: number;
}

export interface SourceAdapter<State extends SourceState = SourceState> {
  readonly id: SourceId;
  /** The folders an agent uses by default; they need not exist. */
  defaultRoots(environment: Environment): string[];
  /** `path` is relative to the root, with `/`. */
  accepts(path: string): FileVerdict;
  /** Lines may be newer versions of earlier ones: lists show the newest. */
  readonly versions?: true;
  /** What has an id in every log of the source; a record that has none is told to lack it. Absent: the source is no agent's, and nothing is expected. */
  readonly identifies?: 'messages and tools' | 'tools' | 'nothing';
  /** Whether a folder below the root is to be looked into; every one where this is absent. */
  enters?(folder: string): boolean;
  describe(root: string, path: string): PathFacts;
  begin(facts: PathFacts): State;
  /** Only where a session is named after its file: the name in a state. Files that come to the same name are then told apart. */
  ownName?(state: State): string;
  /** What `line` reads. The same object for the same options; null where it wants lines parsed whole. */
  shape(options: AdapterOptions): Shape | null;
  /**
   * Reads one line into `facts`, which come blank but for the session, and moves the state on.
   * `value` is the line parsed, or a view of it that has no more than the shape names: any other key is absent, an
   * object or list where the shape names something else is an empty one, and an element that is no object is null.
   * A view is read by key, at once, and not kept.
   */
  line(value: JsonObject, facts: LineFacts, state: State, options: AdapterOptions): void;
  /** What a file that `accepts` calls a sidecar says; null where it says nothing. Throws nothing. */
  sidecar?(root: string, path: string, value: JsonObject): SidecarFacts | null;
  /** The readable text of a line, or null where it has none. */
  text(value: JsonObject, options: AdapterOptions): string | null;
  /**
   * The same as JSON, from the bytes of the object that begins at `start`, for exports: optional, because it
   * must give exactly what `text` gives. False, with anything written, where a full parse has to decide.
   */
  writeText?(bytes: Uint8Array, start: number, out: JsonBytes): boolean;
}

/** Ranks of titles: a higher one wins; among equals the first prompt stays and any other is replaced. */
export const TITLE_RANK = { placeholder: 1, prompt: 2, summary: 3, generated: 4, chosen: 5 } as const;

export function clearFacts(facts: LineFacts, session: string): void {
  facts.session = session;
  facts.agent = null;
  facts.ts = Number.NaN;
  facts.type = null;
  facts.role = null;
  facts.model = null;
  facts.uuid = null;
  facts.parentUuid = null;
  facts.sidechain = false;
  facts.error = false;
  facts.prompt = false;
  facts.usage = null;
  facts.counted = false;
  facts.callId = null;
  facts.requestId = null;
  facts.extras = null;
  facts.replaces = false;
  facts.version = null;
  // Most are empty already, and seven arrays a line would be made for nothing.
  if (facts.moreCalls.length > 0) facts.moreCalls = [];
  if (facts.tools.length > 0) facts.tools = [];
  if (facts.toolResults.length > 0) facts.toolResults = [];
  facts.title = null;
  facts.cwd = null;
  if (facts.links.length > 0) facts.links = [];
  if (facts.tasks.length > 0) facts.tasks = [];
  facts.origin = null;
  if (facts.dimensions.length > 0) facts.dimensions = [];
  if (facts.measures.length > 0) facts.measures = [];
}

export function createFacts(): LineFacts {
  const facts = { moreCalls: [], tools: [], toolResults: [], links: [], tasks: [], dimensions: [], measures: [] } as unknown as LineFacts;
  clearFacts(facts, '');
  return facts;
}
