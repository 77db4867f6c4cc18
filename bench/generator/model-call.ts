// One request to a model, as the log shows it: several lines, one per content
// block, that share message.id and requestId and repeat the usage while its
// output count grows. Only the last line has the final figure.

import type { Era } from './eras.ts';
import type { Rng } from './rng.ts';
import type { Usage } from './truth.ts';

export type Block = Record<string, unknown> & { type: string };

export interface CallOptions {
  model: string;
  blocks: number;
  /** Tokens the model had seen before this call (read from the cache) and those new to it. */
  cachedTokens: number;
  newTokens: number;
  /** Some gateways send no request id, some no usage. */
  withRequestId: boolean;
  withUsage: boolean;
}

export class ModelCall {
  readonly messageId: string;
  readonly requestId: string | null;
  readonly model: string;
  readonly usage: Usage;
  readonly withUsage: boolean;
  private readonly era: Era;
  private readonly outputs: number[];
  private line = 0;

  constructor(rng: Rng, era: Era, options: CallOptions) {
    this.era = era;
    this.messageId = `msg_01${rng.base62(22)}`;
    this.requestId = options.withRequestId ? `req_011C${rng.base62(20)}` : null;
    this.model = options.model;
    this.withUsage = options.withUsage;
    this.usage = {
      input_tokens: rng.int(1, 12),
      output_tokens: rng.int(40, 2600),
      cache_creation_input_tokens: options.newTokens,
      cache_read_input_tokens: options.cachedTokens,
    };
    this.outputs = growth(rng, this.usage.output_tokens, options.blocks, era.usageDetails && rng.chance(0.7));
  }

  /** True once the next line is the last of the call. */
  get atLast(): boolean {
    return this.line === this.outputs.length - 1;
  }

  /** The message of the next line. */
  nextMessage(block: Block, stopReason: string): Record<string, unknown> {
    const isLast = this.atLast;
    const output = this.outputs[this.line++] as number;
    const message: Record<string, unknown> = {
      model: this.model,
      id: this.messageId,
      type: 'message',
      role: 'assistant',
      content: [block],
      stop_reason: isLast && this.era.stopReasonOnLast ? stopReason : null,
      stop_sequence: null,
    };
    if (this.withUsage) message['usage'] = usageObject(this.era, this.usage, output);
    return message;
  }

  /** The same answer as a side call repeats it: final usage, whatever the request was. */
  finalMessage(block: Block): Record<string, unknown> {
    return {
      model: this.model, id: this.messageId, type: 'message', role: 'assistant', content: [block],
      stop_reason: null, stop_sequence: null, usage: usageObject(this.era, this.usage, this.usage.output_tokens),
    };
  }
}

/** The output count on each line; never falling, the last one final. */
function growth(rng: Rng, total: number, lines: number, constant: boolean): number[] {
  const outputs: number[] = [];
  let at = Math.min(total, rng.int(1, 8));
  for (let line = 0; line < lines - 1; line++) {
    outputs.push(constant ? total : at);
    // Often unchanged from line to line: the log is written before the next count arrives.
    if (rng.chance(0.4)) at = rng.int(at, total);
  }
  outputs.push(total);
  return outputs;
}

function lifetimes(era: Era, tokens: number): Record<string, number> {
  const short = era.cacheLifetime === '5m' ? tokens : 0;
  return { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: tokens - short };
}

function usageObject(era: Era, usage: Usage, output: number): Record<string, unknown> {
  const object: Record<string, unknown> = {
    input_tokens: usage.input_tokens,
    cache_creation_input_tokens: usage.cache_creation_input_tokens,
    cache_read_input_tokens: usage.cache_read_input_tokens,
  };
  if (era.cacheCreationObject) object['cache_creation'] = lifetimes(era, usage.cache_creation_input_tokens);
  object['output_tokens'] = output;
  object['service_tier'] = 'standard';
  if (era.usageDetails) {
    object['server_tool_use'] = { web_search_requests: 0, web_fetch_requests: 0 };
    object['inference_geo'] = '';
    object['iterations'] = [{
      input_tokens: usage.input_tokens, output_tokens: output, cache_read_input_tokens: usage.cache_read_input_tokens,
      cache_creation_input_tokens: usage.cache_creation_input_tokens,
      cache_creation: lifetimes(era, usage.cache_creation_input_tokens), type: 'message',
    }];
    object['speed'] = 'standard';
  }
  return object;
}
