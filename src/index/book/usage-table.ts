// Usage by session, agent, model, service tier and quarter hour, in columns: sums over a million rows take
// milliseconds then, and a row some hundred bytes. Money is kept as two doubles, whole millionths of a dollar
// and the picodollars left over, so that sums of it are exact.

import { LRUCache } from 'lru-cache';
import { withRow } from '../../core/columns/columns.ts';
import type { Contribution } from '../calls/call-line.ts';
import { bucketOf } from '../rows/delta-sums.ts';
import { BucketSpans } from './bucket-spans.ts';
import type { PricedModels } from '../spending/priced-models.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import type { UsageRow } from './session-facts.ts';
import type { Summed } from './sum-columns.ts';

/** Of which agent, at what price and when. */
export interface UsagePlace {
  session: number;
  agent: number;
  model: number;
  tier: number;
  /** Quarter hours since the epoch, -1 for no time. */
  bucket: number;
}

/** calls, input, output, cache creation, cache read, cache creation for an hour, web searches */
export type UsageSums = readonly [calls: number, input: number, output: number, cacheCreation: number, cacheRead: number, cacheCreation1h: number, webSearches: number];

export const PICO_A_MICRO = 1_000_000n;
/** Sessions whose rows can be found without going through them. */
const INDEXED_SESSIONS = 64;
const FIRST_ROWS = 1024;

type Ints = 'session' | 'agent' | 'model' | 'tier' | 'bucket' | 'next';
const INTS = ['session', 'agent', 'model', 'tier', 'bucket', 'next'] as const satisfies Ints[];
const DOUBLES = ['calls', 'unpriced', 'input', 'output', 'cacheCreation', 'cacheRead', 'cacheCreation1h', 'webSearches', 'micro', 'pico'] as const;

export class UsageTable implements Summed {
  length = 0;
  session = new Int32Array(FIRST_ROWS);
  agent = new Int32Array(FIRST_ROWS);
  model = new Int32Array(FIRST_ROWS);
  tier = new Int32Array(FIRST_ROWS);
  bucket = new Int32Array(FIRST_ROWS);
  /** The row of the same session before it; -1 for none. */
  next = new Int32Array(FIRST_ROWS);
  calls = new Float64Array(FIRST_ROWS);
  unpriced = new Float64Array(FIRST_ROWS);
  input = new Float64Array(FIRST_ROWS);
  output = new Float64Array(FIRST_ROWS);
  cacheCreation = new Float64Array(FIRST_ROWS);
  cacheRead = new Float64Array(FIRST_ROWS);
  cacheCreation1h = new Float64Array(FIRST_ROWS);
  webSearches = new Float64Array(FIRST_ROWS);
  /** Cost: millionths of a dollar, and picodollars beside them. */
  micro = new Float64Array(FIRST_ROWS);
  pico = new Float64Array(FIRST_ROWS);
  private readonly heads: number[] = [];
  private readonly spans = new BucketSpans();
  /** What calls of a row pay more than its sums say, in picodollars. */
  private readonly extras = new Map<number, bigint>();
  private readonly indexes = new LRUCache<number, Map<string, number>>({ max: INDEXED_SESSIONS });

  /** The last row of a session, which leads to the others; -1 for none. */
  first(session: number): number {
    return this.heads[session] ?? -1;
  }

  /** False where no row of the session is in a quarter hour from `from` on and before `until`. */
  isWithin(session: number, from: number, until: number | null): boolean {
    return this.spans.meets(session, from, until);
  }

  /** A further row; there must be none of its place. */
  append(place: UsagePlace, sums: UsageSums): number {
    const row = this.length++;
    if (row === this.session.length) this.grow();
    const { session } = place;
    this.session[row] = session;
    this.agent[row] = place.agent;
    this.model[row] = place.model;
    this.tier[row] = place.tier;
    this.bucket[row] = place.bucket;
    this.next[row] = this.first(session);
    this.heads[session] = row;
    this.spans.widen(session, place.bucket);
    [this.calls[row], this.input[row], this.output[row], this.cacheCreation[row], this.cacheRead[row], this.cacheCreation1h[row], this.webSearches[row]] = sums;
    return row;
  }

  /** The row that a call is counted in, made where there is none. */
  rowOf(call: Contribution): number {
    const place = { session: call.session, agent: call.agent, model: call.model, tier: call.tier, bucket: bucketOf(call.ms) };
    return this.find(place) ?? this.insert(place);
  }

  /** Counts a call in its row, or takes it back. The row is to be priced afterwards. */
  count(row: number, call: Contribution, sign: 1 | -1, prices: PricedModels): void {
    const { usage } = call;
    this.calls[row] = (this.calls[row] as number) + sign;
    this.input[row] = (this.input[row] as number) + sign * usage.input;
    this.output[row] = (this.output[row] as number) + sign * usage.output;
    this.cacheCreation[row] = (this.cacheCreation[row] as number) + sign * usage.cacheCreation;
    this.cacheRead[row] = (this.cacheRead[row] as number) + sign * usage.cacheRead;
    this.cacheCreation1h[row] = (this.cacheCreation1h[row] as number) + sign * usage.cacheCreation1h;
    this.webSearches[row] = (this.webSearches[row] as number) + sign * usage.webSearches;
    if (usage.input + usage.cacheCreation + usage.cacheRead > prices.paysExtraAbove(call.model)) {
      const priced = { atMs: call.ms, input: usage.input, output: usage.output, cacheWrite: usage.cacheCreation, cacheWrite1h: usage.cacheCreation1h, cacheRead: usage.cacheRead, webSearches: usage.webSearches };
      this.addExtra(row, BigInt(sign) * prices.extraOf(call.model, call.tier, priced));
    }
  }

  /** `cost`: picodollars. The row is to be priced afterwards. */
  addExtra(row: number, cost: bigint): void {
    this.extras.set(row, (this.extras.get(row) ?? 0n) + cost);
  }

  find(place: UsagePlace): number | undefined {
    return this.indexOf(place.session).get(keyOf(place.agent, place.model, place.tier, place.bucket));
  }

  /** Makes the cost of a row follow from its sums. */
  price(row: number, prices: PricedModels): void {
    const bucket = this.bucket[row] as number;
    const cost = prices.costOf(this.model[row] as number, this.tier[row] as number, {
      atMs: bucket < 0 ? -1 : bucket * QUARTER_HOUR_MS, input: this.input[row] as number, output: this.output[row] as number, cacheWrite: this.cacheCreation[row] as number,
      cacheWrite1h: this.cacheCreation1h[row] as number, cacheRead: this.cacheRead[row] as number, webSearches: this.webSearches[row] as number,
    });
    this.unpriced[row] = cost === null ? (this.calls[row] as number) : 0;
    const all = (cost ?? 0n) + (this.extras.get(row) ?? 0n);
    this.micro[row] = Number(all / PICO_A_MICRO);
    this.pico[row] = Number(all % PICO_A_MICRO);
  }

  rowsOf(session: number): UsageRow[] {
    const rows: UsageRow[] = [];
    for (let row = this.first(session); row !== -1; row = this.next[row] as number) if (this.calls[row] !== 0) rows.push(this.rowAt(row));
    return rows;
  }

  /** Whether an agent of the session has calls of a model; of those that it had some may have moved away. */
  hasCallsOf(session: number, model: number): boolean {
    const calls = new Map<number, number>();
    for (let row = this.first(session); row !== -1; row = this.next[row] as number) {
      if (this.model[row] !== model) continue;
      const agent = this.agent[row] as number;
      calls.set(agent, (calls.get(agent) ?? 0) + (this.calls[row] as number));
    }
    return calls.size > 0 && [...calls.values()].some((sum) => sum > 0);
  }

  rowAt(row: number): UsageRow {
    return {
      bucket: this.bucket[row] as number, agent: this.agent[row] as number, model: this.model[row] as number, calls: this.calls[row] as number, unpriced: this.unpriced[row] as number,
      cost: BigInt(this.micro[row] as number) * PICO_A_MICRO + BigInt(this.pico[row] as number),
      input: this.input[row] as number, output: this.output[row] as number, cacheCreation: this.cacheCreation[row] as number, cacheRead: this.cacheRead[row] as number,
    };
  }

  private insert(place: UsagePlace): number {
    const index = this.indexOf(place.session);
    const row = this.append(place, [0, 0, 0, 0, 0, 0, 0]);
    index.set(keyOf(place.agent, place.model, place.tier, place.bucket), row);
    return row;
  }

  private indexOf(session: number): Map<string, number> {
    let index = this.indexes.get(session);
    if (index !== undefined) return index;
    index = new Map();
    for (let row = this.first(session); row !== -1; row = this.next[row] as number) index.set(keyOf(this.agent[row] as number, this.model[row] as number, this.tier[row] as number, this.bucket[row] as number), row);
    this.indexes.set(session, index);
    return index;
  }

  private grow(): void {
    for (const name of INTS) this[name] = withRow(this[name], this.length);
    for (const name of DOUBLES) this[name] = withRow(this[name], this.length);
  }
}

function keyOf(agent: number, model: number, tier: number, bucket: number): string {
  return `${agent}/${model}/${tier}/${bucket}`;
}
