// Agent files that no tool call started: the warm-up of old versions, the answer
// to a /btw question, the side call that writes a compaction's summary. The last
// two repeat the parent's messages under a new request id.

import type { Session } from './session.ts';
import { openAgent } from './subagents.ts';
import { answer } from './steps.ts';

export function warmUp(session: Session): void {
  const id = session.plan.era.agentIdPrefix + session.rng.hex(session.plan.era.agentIdHexChars);
  const { thread, file } = openAgent(session, id, {}, session.main.nowMs);
  thread.prompt('Warmup');
  answer(thread, { text: 40, output: 40 });
  file.close(thread.nowMs);
}

/** kind: aside_question for /btw, acompact for a compaction. */
export function replayAgent(session: Session, kind: 'aside_question' | 'acompact'): void {
  const { main, rng, lake } = session;
  const parentCall = main.lastCall;
  const parentText = main.lastText;
  // Without request ids a replay cannot be told from the original; leave such sessions alone.
  if (parentCall === null || parentText === null || parentCall.requestId === null) return;
  const { thread, file } = openAgent(session, `${kind}-${rng.hex(16)}`, {}, main.nowMs + 40);
  thread.prompt(kind === 'acompact' ? 'Summarise the conversation so far.' : session.prose.prompt());
  lake.truth.usageLine('sidechain_replay');
  thread.chain({ message: parentCall.finalMessage(parentText), requestId: `req_011C${rng.base62(20)}`, type: 'assistant' });
  answer(thread, session.plan.sizes);
  file.close(thread.nowMs);
}
