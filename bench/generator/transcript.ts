// One thread of a conversation and its place in a file: the uuid chain, the
// clock, the growing context. The main thread and each subagent have their own.
// It writes single lines; steps.ts, subagents.ts and claude-session.ts say which.

import type { Era } from './eras.ts';
import type { LogFile } from './log-file.ts';
import { ModelCall, type Block } from './model-call.ts';
import type { Prose } from './prose.ts';
import type { Rng } from './rng.ts';
import type { CallTotals, SessionTruth, TruthRecorder, Usage } from './truth.ts';

type Body = Record<string, unknown>;

/** A chain line kept for copying it later: by a resumed session, by a compaction. */
export interface HistoryLine {
  json: string;
  type: string;
  call: { id: string; usage: Usage } | null;
  prompt: string | null;
  toolUses: number;
}

export interface ThreadOptions {
  rng: Rng;
  prose: Prose;
  era: Era;
  truth: TruthRecorder;
  session: SessionTruth;
  file: LogFile;
  /** Where this thread's calls are counted. */
  totals: CallTotals;
  sidechain: boolean;
  agentId: string | null;
  branch: string;
  slug: string | null;
  models: readonly string[];
  startMs: number;
  gateway: boolean;
  sessionKind: string | null;
}

/** More lines than this are not kept, so that a session of any size is written in bounded memory. */
const HISTORY_LINES = 1500;

export class Transcript {
  readonly options: ThreadOptions;
  readonly history: HistoryLine[] = [];
  /** Sees each line with a role as it is written; agents use it to report progress. */
  onMessage: ((record: Body) => void) | null = null;
  /** False once lines were forgotten: what is left is no whole chain. */
  historyComplete = true;
  parentUuid: string | null = null;
  nowMs: number;
  contextTokens: number;
  lastCall: ModelCall | null = null;
  lastText: Block | null = null;
  private readonly head: Body;
  private readonly tail: Body;
  private model: string;

  constructor(options: ThreadOptions) {
    this.options = options;
    this.nowMs = options.startMs;
    this.contextTokens = options.rng.int(9000, 22000);
    this.model = options.rng.pick(options.models);
    const { session, era } = options;
    const place: Body = { userType: 'external', cwd: session.cwd, sessionId: session.id, version: era.version, gitBranch: options.branch };
    if (options.slug !== null) place['slug'] = options.slug;
    if (options.sessionKind !== null) place['sessionKind'] = options.sessionKind;
    const agent: Body = options.agentId === null ? {} : { agentId: options.agentId };
    this.head = era.envelopeLast ? agent : { ...place, ...agent };
    this.tail = era.envelopeLast ? { entrypoint: 'cli', ...place } : {};
  }

  tick(minMs: number, maxMs: number): void {
    this.nowMs += this.options.rng.int(minMs, maxMs);
  }

  timestamp(): string {
    return new Date(this.nowMs).toISOString();
  }

  switchModel(): void {
    this.model = this.options.rng.pick(this.options.models);
  }

  /** A record of the uuid chain; returns its uuid. A parentUuid in the body replaces the chain's. */
  chain(body: Body & { type: string }, facts: Partial<HistoryLine> = {}): string {
    const uuid = this.options.rng.uuid();
    const timestamp = this.timestamp();
    const record: Body = {
      parentUuid: this.parentUuid, isSidechain: this.options.sidechain, ...this.head, ...body, uuid, timestamp, ...this.tail,
    };
    this.parentUuid = uuid;
    const json = JSON.stringify(record);
    this.seen(timestamp);
    this.options.file.write(json, body.type);
    this.remember({ json, type: body.type, call: null, prompt: null, toolUses: 0, ...facts });
    if (body.type === 'user' || body.type === 'assistant') {
      if (this.isMain) this.options.session.messages++;
      this.onMessage?.(record);
    }
    return uuid;
  }

  /** A record outside the chain: no uuid, no parent. */
  loose(record: Body & { type: string; timestamp?: string }): void {
    if (record.timestamp !== undefined) this.seen(record.timestamp);
    this.options.file.write(JSON.stringify(record), record.type);
  }

  get isMain(): boolean {
    return !this.options.sidechain;
  }

  prompt(text: string, more: Body = {}): string {
    const { session, era, rng } = this.options;
    if (this.isMain) {
      session.prompts++;
      if (session.title === '') session.title = text;
    }
    const extra: Body = era.attachmentLines && this.isMain ? { promptId: rng.uuid() } : {};
    // Both spellings of a prompt occur: a bare string, and a list with one text block.
    const content = rng.chance(0.8) ? text : [{ type: 'text', text }];
    const after: Body = era.attachmentLines && this.isMain ? { permissionMode: 'acceptEdits', promptSource: 'typed' } : {};
    return this.chain({ ...extra, type: 'user', message: { role: 'user', content }, ...after, ...more }, { prompt: text });
  }

  /** A new request; its lines are written with block(). */
  call(blocks: number): ModelCall {
    const { rng, era, truth, totals, gateway } = this.options;
    const newTokens = rng.int(120, 2400);
    const withUsage = !(gateway && rng.chance(0.15));
    const call = new ModelCall(rng, era, { model: this.model, blocks, cachedTokens: this.contextTokens, newTokens, withRequestId: !gateway, withUsage });
    this.contextTokens += newTokens;
    if (withUsage) truth.call(totals, call.model, call.usage);
    this.lastCall = call;
    return call;
  }

  block(call: ModelCall, block: Block, stopReason = 'tool_use'): string {
    const { truth, session } = this.options;
    if (call.withUsage) truth.usageLine(call.atLast ? 'kept' : 'streamed');
    const toolUses = block.type === 'tool_use' ? 1 : 0;
    if (this.isMain) session.tool_uses += toolUses;
    if (block.type === 'text') this.lastText = block;
    const message = call.nextMessage(block, stopReason);
    const request: Body = call.requestId === null ? {} : { requestId: call.requestId };
    const facts: Partial<HistoryLine> = { toolUses };
    if (call.withUsage) facts.call = { id: call.messageId, usage: call.usage };
    return this.chain({ message, ...request, type: 'assistant' }, facts);
  }

  result(toolUseId: string, content: unknown, toolUseResult: unknown, isError: boolean, sourceUuid: string): string {
    const block: Body = { tool_use_id: toolUseId, type: 'tool_result', content };
    if (isError || this.options.rng.chance(0.5)) block['is_error'] = isError;
    return this.chain({
      type: 'user',
      message: { role: 'user', content: [block] },
      toolUseResult,
      ...(this.options.era.progressLines || this.options.era.attachmentLines ? { sourceToolAssistantUUID: sourceUuid } : {}),
    });
  }

  /** Writes kept lines again, word for word. */
  repeat(line: HistoryLine, json: string): void {
    this.options.file.write(json, line.type);
  }

  remember(line: HistoryLine): void {
    if (!this.isMain) return;
    if (this.history.length === HISTORY_LINES) {
      this.history.splice(0, HISTORY_LINES / 2);
      this.historyComplete = false;
    }
    this.history.push(line);
  }

  private seen(timestamp: string): void {
    const { session } = this.options;
    if (session.first_ts === '' || timestamp < session.first_ts) session.first_ts = timestamp;
    if (timestamp > session.last_ts) session.last_ts = timestamp;
  }
}
