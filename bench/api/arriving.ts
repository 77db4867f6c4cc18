// Lines that arrive while questions are asked: a few sessions, each appended to in turn.

import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SESSIONS = 5;

/** So many lines a second, until `stop` aborts. How many were written. */
export async function writeLines(root: string, perSecond: number, stop: AbortSignal): Promise<number> {
  const folder = join(root, '-home-ada-arriving');
  mkdirSync(folder, { recursive: true });
  const started = performance.now();
  let written = 0;
  while (!stop.aborted) {
    const due = Math.floor(((performance.now() - started) / 1000) * perSecond);
    for (; written < due; written += 1) {
      const session = `aaaaaaaa-2222-4333-8444-${String(written % SESSIONS).padStart(12, '0')}`;
      appendFileSync(join(folder, `${session}.jsonl`), `${line(session, written)}\n`);
    }
    await sleep(5);
  }
  return written;
}

function line(session: string, n: number): string {
  const id = `${process.pid}-${n}`;
  const head = { uuid: id, parentUuid: null, sessionId: session, timestamp: new Date().toISOString(), cwd: '/home/ada/arriving', version: '2.1.90', isSidechain: false };
  if (n % 2 === 0) return JSON.stringify({ type: 'user', ...head, message: { role: 'user', content: 'x'.repeat(300) } });
  const usage = { input_tokens: 5, output_tokens: 50, cache_creation_input_tokens: 100, cache_read_input_tokens: 1000 };
  return JSON.stringify({ type: 'assistant', ...head, requestId: `req_${id}`, message: { id: `msg_${id}`, role: 'assistant', type: 'message', model: 'claude-sonnet-4-5-20250929', content: [{ type: 'text', text: 'y'.repeat(300) }], usage } });
}
