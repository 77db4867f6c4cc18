// The model calls that a session that is held has lines of, or owns: each as the newest of its rows says. Rows of
// the table are only added, each with a higher `seq`.

import type { Pending, PendingCall, Recent } from '../writer/pending-rows.ts';
import type { PricedModels } from '../spending/priced-models.ts';
import { spendingOfStored } from '../spending/spending.ts';
import type { Spending, SpendingSums } from '../spending/spending.ts';
import type { Readers } from '../store/readers.ts';
import type { CallLines } from './call-lines.ts';
import { heldCallOf, readHeldCalls } from './held-call.ts';
import type { HeldCall } from './held-call.ts';
import type { SharedCalls } from './shared-calls.ts';

/** With what it comes to. */
const CALL_BYTES = 700;

export class SessionCalls {
  private readonly session: number;
  private readonly variants = new Map<bigint, HeldCall[]>();
  private seq = 0;
  /** Of this many of the session's rows the calls are here. */
  private rows = 0;
  private count = 0;
  /** Of these, the ones that other sessions own. */
  private foreign = 0;
  /** What was worked out at these prices. */
  private priced: { prices: PricedModels; spending: Map<HeldCall, Spending> } | null = null;

  constructor(session: number) {
    this.session = session;
  }

  get bytes(): number {
    return this.count * CALL_BYTES;
  }

  /** Whether another session owns any of them. */
  get hasForeign(): boolean {
    return this.foreign > 0;
  }

  /** A call's requests; empty where there is no such call. */
  of(message: bigint): readonly HeldCall[] {
    return this.variants.get(message) ?? [];
  }

  /** The commit up to which calls are here. */
  get last(): number {
    return this.seq;
  }

  /** How many messages have any. */
  get size(): number {
    return this.variants.size;
  }

  get messages(): Iterable<bigint> {
    return this.variants.keys();
  }

  /** What the call comes to; not to be added to. */
  spendingOf(call: HeldCall, prices: PricedModels): SpendingSums {
    if (this.priced?.prices !== prices) this.priced = { prices, spending: new Map() };
    const { spending } = this.priced;
    let known = spending.get(call);
    if (known === undefined) spending.set(call, (known = spendingOfStored(call, prices)));
    return known;
  }

  /** By message. */
  get all(): Iterable<readonly HeldCall[]> {
    return this.variants.values();
  }

  /** Of the session with these lines, as of the last commit of `pending`. */
  async refresh(readers: Readers, { callLines: lines, rows }: CallLines, shared: SharedCalls, pending: Pending): Promise<void> {
    const { session } = this;
    const upto = `seq <= ${pending.seq}`;
    const own = await readHeldCalls(readers, `session_ix = ${session} AND ${upto}`);
    const elsewhere = shared.elsewhere(new Set([...lines.keys(), ...own.map(({ message }) => message), ...pending.calls.map(({ message }) => message)]), session);
    const others = elsewhere.isNothing ? [] : await readHeldCalls(readers, `${elsewhere.condition('message')} AND ${upto}`);
    for (const call of [...own, ...others]) this.add(call);
    for (const call of pending.calls) if (this.isOurs(call, lines)) this.add(heldCallOf(call));
    this.rows = rows;
    this.seq = pending.seq;
  }

  /** The same from the last commits alone; false, and nothing is changed, where these do not have all of it. */
  follow(held: CallLines, { fromSeq, commits, created }: Recent): boolean {
    if (this.seq + 1 < fromSeq) return false;
    const later = commits.filter(({ seq }) => seq > this.seq);
    const found = new Set<bigint>();
    for (const message of held.messagesFrom(this.rows)) if (!this.variants.has(message)) found.add(message);
    for (const { calls } of later) for (const { message, variant } of calls) if (variant.session === this.session && !this.variants.has(message)) found.add(message);
    // What was told of a call before these commits is in the tables alone.
    for (const message of found) if (!created.has(message)) return false;
    for (const { calls } of later) for (const call of calls) if (this.variants.has(call.message)) this.add(heldCallOf(call));
    for (const { calls } of found.size === 0 ? [] : commits) for (const call of calls) if (found.has(call.message)) this.add(heldCallOf(call));
    this.rows = held.rows;
    this.seq = Math.max(this.seq, commits.at(-1)?.seq ?? 0);
    return true;
  }

  private isOurs({ message, variant }: PendingCall, lines: ReadonlyMap<bigint, unknown>): boolean {
    return variant.session === this.session || this.variants.has(message) || lines.has(message);
  }

  private add(call: HeldCall): void {
    const variants = this.variants.get(call.message);
    const at = variants?.findIndex(({ request }) => request === call.request) ?? -1;
    const known = variants?.[at];
    if (variants === undefined) this.variants.set(call.message, [call]);
    else if (known === undefined) variants.push(call);
    else if (known.seq !== call.seq) {
      const newest = known.seq < call.seq ? call : known;
      this.foreign += this.foreignness(newest) - this.foreignness(known);
      newest.earliest_ms = Math.min(known.earliest_ms, call.earliest_ms);
      variants[at] = newest;
      this.priced?.spending.delete(known);
    }
    if (known !== undefined) return;
    this.count += 1;
    this.foreign += this.foreignness(call);
  }

  private foreignness(call: HeldCall): 0 | 1 {
    return call.session_ix === this.session ? 0 : 1;
  }
}
