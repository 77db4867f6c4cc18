// Claude Code lines made by hand, for tests that need to know each one.

import { createHash } from 'node:crypto';

/** A UUID that is always the same for the same name. */
export function uuidOf(name: string): string {
  const hex = createHash('md5').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export interface LineOptions {
  session: string;
  n: number;
  text?: string;
  extra?: Record<string, unknown>;
}

export function timeOf(n: number): string {
  return new Date(Date.UTC(2026, 9, 1) + n * 1000).toISOString();
}

export function userLine({ session, n, text, extra }: LineOptions): string {
  return JSON.stringify({
    type: 'user', uuid: uuidOf(`${session}-${n}`), parentUuid: n === 0 ? null : uuidOf(`${session}-${n - 1}`), sessionId: session, timestamp: timeOf(n),
    cwd: '/home/ada/engine', version: '2.1.90', isSidechain: false, message: { role: 'user', content: text ?? `prompt ${n}` }, ...extra,
  });
}

export interface CallOptions extends LineOptions {
  message?: string;
  request?: string | null;
  output?: number;
  content?: unknown[];
  model?: string;
}

export function assistantLine({ session, n, text, extra, message, request, output, content, model }: CallOptions): string {
  return JSON.stringify({
    type: 'assistant', uuid: uuidOf(`${session}-${n}`), parentUuid: n === 0 ? null : uuidOf(`${session}-${n - 1}`), sessionId: session, timestamp: timeOf(n),
    cwd: '/home/ada/engine', version: '2.1.90', isSidechain: false, ...(request === null ? {} : { requestId: request ?? `req_${session}_${n}` }),
    message: {
      id: message ?? `msg_${session}_${n}`, role: 'assistant', type: 'message', model: model ?? 'claude-sonnet-4-5-20250929', content: content ?? [{ type: 'text', text: text ?? `answer ${n}` }],
      usage: { input_tokens: 3, output_tokens: output ?? 10, cache_creation_input_tokens: 5, cache_read_input_tokens: 7 },
    },
    ...extra,
  });
}
