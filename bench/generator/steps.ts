// What an agent does between two prompts, whoever it is: think, say something,
// use tools, read their results. Used by the main thread and by subagents.

import type { ModelCall } from './model-call.ts';
import { bashProgress, hookAttachment } from './notices.ts';
import { toolStep } from './tools.ts';
import type { Transcript } from './transcript.ts';

/** How long texts and tool outputs are, in characters. */
export interface Sizes {
  text: number;
  output: number;
  /** The same output length each time instead of a spread. */
  fixed?: boolean;
}

/** Most outputs are short, a few are long. */
function outputChars(thread: Transcript, sizes: Sizes): number {
  if (sizes.fixed === true) return sizes.output;
  const spread = thread.options.rng.float();
  return Math.round(sizes.output * (0.1 + 3 * spread * spread * spread));
}

function thinking(thread: Transcript, call: ModelCall, sizes: Sizes): void {
  const { rng, prose } = thread.options;
  thread.tick(900, 7000);
  thread.block(call, { type: 'thinking', thinking: prose.text(sizes.text * rng.float()), signature: rng.base64(Math.round(sizes.text * (0.4 + 1.2 * rng.float()))) });
}

export function saying(thread: Transcript, call: ModelCall, sizes: Sizes, stopReason = 'tool_use'): void {
  const { rng, prose } = thread.options;
  thread.tick(500, 5000);
  thread.block(call, { type: 'text', text: prose.text(sizes.text * rng.float()) }, stopReason);
}

/** One request with tools. Results come in between the lines of the request, or all after them. */
export function workStep(thread: Transcript, sizes: Sizes): void {
  const { rng, prose, era } = thread.options;
  const think = rng.chance(0.35);
  const speak = rng.chance(0.5);
  const tools = rng.chance(0.8) ? 1 : rng.int(2, 3);
  const interleaved = rng.chance(0.5);
  const call = thread.call(Number(think) + Number(speak) + tools);
  if (think) thinking(thread, call, sizes);
  if (speak) saying(thread, call, sizes);
  const open: (() => void)[] = [];
  for (let i = 0; i < tools; i++) {
    const step = toolStep(rng, prose, outputChars(thread, sizes));
    const id = `toolu_01${rng.base62(22)}`;
    thread.tick(300, 2500);
    const source = thread.block(call, { type: 'tool_use', id, name: step.name, input: step.input });
    const finish = (): void => {
      if (era.progressLines && step.name === 'Bash' && rng.chance(0.15)) bashProgress(thread, id);
      thread.tick(30, 4000);
      thread.result(id, step.content, step.toolUseResult, step.isError, source);
      if (era.attachmentLines && rng.chance(0.3)) hookAttachment(thread, `PostToolUse:${step.name}`, id);
    };
    // A run that was stopped leaves a call without its result.
    if (rng.chance(0.002)) continue;
    if (interleaved) finish();
    else open.push(finish);
  }
  for (const finish of open) finish();
}

/** The last request of a turn: an answer and no tool. */
export function answer(thread: Transcript, sizes: Sizes): void {
  const think = thread.options.rng.chance(0.2);
  const call = thread.call(think ? 2 : 1);
  if (think) thinking(thread, call, sizes);
  saying(thread, call, sizes, 'end_turn');
}
