// The sums a commit changes: activity by session and agent, usage and tool calls by quarter hour.
// Cost follows the batch alone; nothing stored is read.

import type { Contribution } from '../calls/call-line.ts';

const QUARTER_HOUR_MS = 900_000;

export interface ActivityDelta {
  session: number;
  agent: number;
  records: number;
  messages: number;
  toolCalls: number;
  errors: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
}

export interface UsageDelta {
  bucket: number;
  session: number;
  agent: number;
  model: number;
  tier: number;
  /** calls, input, output, cache creation, cache read, cache creation for an hour, web searches */
  sums: number[];
}

export interface ToolDelta {
  bucket: number;
  session: number;
  agent: number;
  tool: number;
  calls: number;
}

const COUNTS = ['records', 'messages', 'toolCalls', 'errors', 'bytes'] as const;

/** The quarter hour since the epoch; -1 where there is no time. */
export function bucketOf(ms: number): number {
  return ms === -1 ? -1 : Math.floor(ms / QUARTER_HOUR_MS);
}

export class DeltaSums {
  readonly activity = new Map<string, ActivityDelta>();
  readonly usage = new Map<string, UsageDelta>();
  readonly tools = new Map<string, ToolDelta>();

  /** Lines of one agent mostly follow one another. */
  private last: ActivityDelta | null = null;
  private lastUsage: UsageDelta | null = null;
  private readonly lastTools: ToolDelta[] = [];

  /** Rows that they take. */
  get rows(): number {
    return this.activity.size + this.usage.size + this.tools.size;
  }

  activityOf(session: number, agent: number): ActivityDelta {
    const { last } = this;
    if (last !== null && last.session === session && last.agent === agent) return last;
    return (this.last = this.findActivity(session, agent));
  }

  private findActivity(session: number, agent: number): ActivityDelta {
    const key = `${session}/${agent}`;
    let delta = this.activity.get(key);
    if (delta === undefined) {
      delta = { session, agent, records: 0, messages: 0, toolCalls: 0, errors: 0, bytes: 0, firstMs: -1, lastMs: -1 };
      this.activity.set(key, delta);
    }
    return delta;
  }

  addTool(ms: number, session: number, agent: number, tool: number): void {
    const bucket = bucketOf(ms);
    const { lastTools } = this;
    // Of the few tools of one agent and quarter hour, most lines find theirs without a key being made.
    for (const delta of lastTools) {
      if (delta.bucket !== bucket || delta.session !== session || delta.agent !== agent) {
        lastTools.length = 0;
        break;
      }
      if (delta.tool !== tool) continue;
      delta.calls += 1;
      return;
    }
    const key = `${bucket}/${session}/${agent}/${tool}`;
    let delta = this.tools.get(key);
    if (delta === undefined) this.tools.set(key, (delta = { bucket, session, agent, tool, calls: 0 }));
    delta.calls += 1;
    lastTools.push(delta);
  }

  addUsage(contribution: Contribution, sign: 1 | -1): void {
    const { usage } = contribution;
    const { sums } = this.usageOf(contribution);
    sums[0] = (sums[0] as number) + sign;
    sums[1] = (sums[1] as number) + sign * usage.input;
    sums[2] = (sums[2] as number) + sign * usage.output;
    sums[3] = (sums[3] as number) + sign * usage.cacheCreation;
    sums[4] = (sums[4] as number) + sign * usage.cacheRead;
    sums[5] = (sums[5] as number) + sign * usage.cacheCreation1h;
    sums[6] = (sums[6] as number) + sign * usage.webSearches;
  }

  private usageOf({ session, agent, model, tier, ms }: Contribution): UsageDelta {
    const bucket = bucketOf(ms);
    const { lastUsage: last } = this;
    if (last !== null && last.bucket === bucket && last.session === session && last.agent === agent && last.model === model && last.tier === tier) return last;
    const key = `${bucket}/${session}/${agent}/${model}/${tier}`;
    const known = this.usage.get(key);
    if (known !== undefined) return (this.lastUsage = known);
    const made = { bucket, session, agent, model, tier, sums: [0, 0, 0, 0, 0, 0, 0] };
    this.usage.set(key, made);
    return (this.lastUsage = made);
  }

  /** Keeps nothing of the other, which stays what one commit changed. */
  add(other: DeltaSums): void {
    for (const delta of other.activity.values()) {
      const mine = this.activityOf(delta.session, delta.agent);
      for (const name of COUNTS) mine[name] += delta[name];
      widen(mine, delta.firstMs);
      widen(mine, delta.lastMs);
    }
    for (const [key, delta] of other.usage) {
      const mine = this.usage.get(key);
      if (mine === undefined) this.usage.set(key, { ...delta, sums: [...delta.sums] });
      else for (const [i, n] of delta.sums.entries()) mine.sums[i] = (mine.sums[i] as number) + n;
    }
    for (const [key, delta] of other.tools) {
      const mine = this.tools.get(key);
      if (mine === undefined) this.tools.set(key, { ...delta });
      else mine.calls += delta.calls;
    }
  }

  /** Without what cancelled out. */
  changedUsage(): UsageDelta[] {
    return [...this.usage.values()].filter((delta) => delta.sums.some((n) => n !== 0));
  }
}

export function widen(delta: ActivityDelta, ms: number): void {
  if (ms === -1) return;
  if (delta.firstMs === -1 || ms < delta.firstMs) delta.firstMs = ms;
  if (ms > delta.lastMs) delta.lastMs = ms;
}
