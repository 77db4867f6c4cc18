// Each model call once. Lines of one call (same message id and request id) repeat its usage, in one
// file or over forks and resumed copies: the line with the largest output counts, for the session that
// had the call first. A sidechain's copy of a call that a main thread has under another request id is a
// replay and counts nothing. Both folds are commutative, so the order of arrival does not matter.
//
// Calls touched lately are held; which calls exist at all is known by a set of hashes, so that a new
// call costs no query and a late line of an old one costs one.

import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from './database.ts';
import { HashSet32 } from './hash-set.ts';
import type { StoredCallRow } from './stored-call.ts';
import { readFixed } from './vectors.ts';

/** Calls held between commits; some 300 bytes each. */
const MAX_HELD = 5_000;

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
  request: bigint;
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
  bestMs: number;
}

/** The names behind numbers. They settle what times leave open: numbers would depend on the order of arrival. */
export interface CallNames {
  session(ix: number): string;
  agent(ix: number): string;
  /** Also of a tier. */
  model(ix: number): string;
}

export interface Call {
  message: bigint;
  variants: CallVariant[];
}

export interface Contribution {
  session: number;
  agent: number;
  model: number;
  tier: number;
  ms: number;
  usage: CallUsage;
}

interface Touched {
  call: Call;
  before: Contribution[];
}

/** What some lines changed: the calls, what they took back from the sums, and what they count. */
export interface CallChanges {
  /** As they are now; later lines change them. */
  calls: Call[];
  /** Of these, ones that no line before told of; hardly any is missing. */
  created: bigint[];
  removed: Contribution[];
  added: Contribution[];
}

export class CallLedger {
  private readonly held = new Map<bigint, Call>();
  private known = new HashSet32();
  private isOpen = false;
  /** Since the changes were taken before. */
  private readonly touched = new Map<bigint, Touched>();
  private created: bigint[] = [];
  /** Not in the tables as they are now. */
  private readonly unstored = new Map<bigint, Call>();
  /** Sessions that had a call which lines told more of. */
  private owners = new Set<number>();
  /** A call's lines mostly follow one another. */
  private last: Call | null = null;
  private readonly names: CallNames;

  constructor(names: CallNames) {
    this.names = names;
  }

  /** Nothing is known any more. */
  clear(): void {
    this.held.clear();
    this.touched.clear();
    this.created = [];
    this.unstored.clear();
    this.last = null;
    this.known = new HashSet32();
    this.isOpen = false;
  }

  /** Which calls exist, read before the first line is added: a start to which nothing is added does without. */
  async open(connection: DuckDBConnection): Promise<void> {
    if (this.isOpen) return;
    await readFixed(connection, 'SELECT message FROM calls', [8], (columns, rows) => {
      const words = new Uint32Array((columns[0] as Uint8Array).buffer, 0, rows * 2);
      for (let i = 0; i < rows * 2; i += 2) this.known.add((words[i + 1] as number) ^ (words[i] as number));
    });
    this.isOpen = true;
  }

  /**
   * Whether the call may exist: to be asked before a BigInt is made of it, for most do not. `high` and `low`: of its hash.
   * Of new ones one in some thousands seems to, and is looked for in vain.
   */
  isKnown(high: number, low: number): boolean {
    return this.known.has(high ^ low);
  }

  /** Reads back the calls among these, which exist, that are not held, in one query. */
  async prepare(connection: DuckDBConnection, messages: ReadonlySet<bigint>): Promise<void> {
    const missing = [...messages].filter((message) => !this.held.has(message));
    if (missing.length === 0) return;
    const rows = await queryRows<CallRow>(connection, selectCalls(missing));
    for (const row of rows) {
      const call = this.held.get(row.message) ?? { message: row.message, variants: [] };
      this.held.set(row.message, call);
      call.variants.push(variantOf(row));
    }
  }

  /** Nothing of the line is kept: it may be used again. */
  add(message: bigint, line: CallLine): void {
    const { last } = this;
    if (last !== null && last.message === message) this.fold(last, line);
    else this.fold((this.last = this.touch(message)), line);
  }

  private touch(message: bigint): Call {
    const call = this.held.get(message) ?? { message, variants: [] };
    if (!this.touched.has(message)) {
      this.held.delete(message);
      this.held.set(message, call);
      this.touched.set(message, { call, before: contributions(call) });
    }
    for (const variant of call.variants) this.owners.add(variant.session);
    if (this.known.add(Number(message >> 32n) ^ Number(message & 0xffffffffn))) this.created.push(message);
    return call;
  }

  /** Of the lines since they were taken before. */
  takeChanges(): CallChanges {
    const changes: CallChanges = { calls: [], created: this.created, removed: [], added: [] };
    this.created = [];
    for (const [message, { call, before }] of this.touched) {
      changes.removed.push(...before);
      changes.added.push(...contributions(call));
      changes.calls.push(call);
      this.unstored.set(message, call);
    }
    this.touched.clear();
    this.last = null;
    return changes;
  }

  /** The calls that changed since they were taken before, for the tables. */
  takeUnstored(): { message: bigint; variant: CallVariant }[] {
    const calls: { message: bigint; variant: CallVariant }[] = [];
    for (const { message, variants } of this.unstored.values()) for (const variant of variants) calls.push({ message, variant });
    this.unstored.clear();
    return calls;
  }

  /** Sessions whose sums the lines since the last asking may have changed, beside those of the lines themselves. */
  takeOwners(): Set<number> {
    const { owners } = this;
    this.owners = new Set();
    return owners;
  }

  /** Between commits: the calls not touched for longest are let go. */
  trim(): void {
    for (const message of this.held.keys()) {
      if (this.held.size <= MAX_HELD) return;
      this.held.delete(message);
    }
  }

  private fold(call: Call, line: CallLine): void {
    const variant = variantFor(call, line.request);
    if (variant === undefined) {
      const { request, session, agent, sidechain, ms, birthMs, model, tier, usage } = line;
      call.variants.push({ request, session, agent, sidechain, ms, birthMs, model, tier, usage: { ...usage }, bestMs: ms });
      return;
    }
    if (this.countsBefore(line, variant)) {
      variant.usage = { ...line.usage };
      variant.model = line.model;
      variant.tier = line.tier;
      variant.bestMs = line.ms;
    }
    if (!this.ownsBefore(line, variant)) return;
    variant.session = line.session;
    variant.agent = line.agent;
    variant.sidechain = line.sidechain;
    variant.ms = line.ms;
    variant.birthMs = line.birthMs;
  }

  private ownsBefore(a: CallLine, b: CallLine): boolean {
    if (a.sidechain !== b.sidechain) return b.sidechain;
    if (a.ms !== b.ms) return earlier(a.ms, b.ms);
    if (a.birthMs !== b.birthMs) return a.birthMs < b.birthMs;
    if (a.session !== b.session) return this.names.session(a.session) < this.names.session(b.session);
    return a.agent !== b.agent && this.names.agent(a.agent) < this.names.agent(b.agent);
  }

  /** Logs have never shown lines of one call that differ in more than their output; if they do, more counts. */
  private countsBefore(line: CallLine, variant: CallVariant): boolean {
    const [a, b] = [line.usage, variant.usage];
    if (a.output !== b.output) return a.output > b.output;
    if (line.ms !== variant.bestMs) return earlier(line.ms, variant.bestMs);
    for (const name of ['input', 'cacheCreation', 'cacheRead', 'cacheCreation1h', 'webSearches'] as const) if (a[name] !== b[name]) return a[name] > b[name];
    if (line.model !== variant.model) return this.names.model(line.model) < this.names.model(variant.model);
    return line.tier !== variant.tier && this.names.model(line.tier) < this.names.model(variant.tier);
  }
}

/** Nearly every call has one request id. */
function variantFor({ variants }: Call, request: bigint): CallVariant | undefined {
  const [first] = variants;
  return first === undefined || first.request === request ? first : variants.find((variant) => variant.request === request);
}

function earlier(a: number, b: number): boolean {
  return a !== -1 && (b === -1 || a < b);
}

function contributions(call: Call): Contribution[] {
  const { variants } = call;
  if (variants.length === 0) return [];
  const onMain = call.variants.some((variant) => !variant.sidechain);
  return call.variants
    .filter((variant) => !(variant.sidechain && onMain))
    .map((variant) => ({ session: variant.session, agent: variant.agent, model: variant.model, tier: variant.tier, ms: variant.bestMs, usage: { ...variant.usage } }));
}

type CallRow = Omit<StoredCallRow, 'seq'>;

function selectCalls(messages: readonly bigint[]): string {
  return `SELECT message, request, session_ix, agent_ix, sidechain, owner_ms::DOUBLE AS owner_ms, owner_birth_ms::DOUBLE AS owner_birth_ms, model_ix,
    best_ms::DOUBLE AS best_ms, input::DOUBLE AS input, output::DOUBLE AS output, cache_creation::DOUBLE AS cache_creation,
    cache_read::DOUBLE AS cache_read, cache_creation_1h::DOUBLE AS cache_creation_1h, tier_ix, web_searches::DOUBLE AS web_searches
  FROM calls WHERE message IN (${messages.join(',')}) QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1`;
}

function variantOf(row: CallRow): CallVariant {
  return {
    request: row.request,
    session: row.session_ix,
    agent: row.agent_ix,
    sidechain: row.sidechain,
    ms: row.owner_ms,
    birthMs: row.owner_birth_ms,
    model: row.model_ix,
    tier: row.tier_ix,
    bestMs: row.best_ms,
    usage: { input: row.input, output: row.output, cacheCreation: row.cache_creation, cacheRead: row.cache_read, cacheCreation1h: row.cache_creation_1h, webSearches: row.web_searches },
  };
}
