// Why the server ends a WebSocket. Below 4500 a client reconnects with jittered backoff and resumes
// from the last offset it saw; from 4500 on it would only fail again.

export const CLOSE = {
  shuttingDown: 4001,
  tooSlow: 4008,
  resubscribe: 4010,
  noPong: 4012,
  token: 4500,
  badMessage: 4501,
  limit: 4504,
} as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** A close frame holds 123 bytes of reason. */
const REASON_MAX_BYTES = 123;

export function closeReason(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= REASON_MAX_BYTES) return text;
  let end = REASON_MAX_BYTES - 3;
  // Never in the middle of a character: a close frame must be valid UTF-8.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString('utf8')}...`;
}
