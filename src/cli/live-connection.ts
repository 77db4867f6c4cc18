// One WebSocket connection: subscribes, hands on each message in order, and says how it ended. Reads
// no faster than its messages are handled: a slow terminal makes the daemon wait, not this memory.

import { on } from 'node:events';
import WebSocket from 'ws';
import { LakeError, messageOf } from '../core/errors.ts';
import { closeMeaning, type Position, type ServerMessage, type Subscription } from './live-protocol.ts';
import { printable } from './printable.ts';
import { namedError, problemError } from './problem.ts';

const HANDSHAKE_MS = 10_000;
const PING_MS = 20_000;
/** A record can be as long as the longest line that is indexed. */
const MESSAGE_MAX_BYTES = 512 * 1024 ** 2;
const QUEUE_HIGH = 64;
const QUEUE_LOW = 16;

export interface Endpoint {
  url: string;
  token: string | null;
}

interface Outcome {
  refusal: LakeError | null;
  failure: string | null;
  code: number;
  /** The daemon's own words at the close. */
  said: string;
}

export type Ending = { kind: 'lost'; reason: string } | { kind: 'refused'; error: LakeError } | { kind: 'stopped' };

export type MessageHandler = (message: ServerMessage) => Promise<void>;

export async function followOnce(endpoint: Endpoint, subscription: Subscription, resume: Partial<Position>, handle: MessageHandler, signal: AbortSignal): Promise<Ending> {
  const headers = endpoint.token === null ? {} : { authorization: `Bearer ${endpoint.token}` };
  const address = new URL('/ws', endpoint.url);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address, { headers, handshakeTimeout: HANDSHAKE_MS, maxPayload: MESSAGE_MAX_BYTES });
  const state: Outcome = { refusal: null, failure: null, code: 1006, said: '' };
  socket.on('error', (error) => (state.failure ??= messageOf(error)));
  socket.on('close', (code, said) => Object.assign(state, { code, said: printable(said.toString('utf8')) }));
  socket.on('unexpected-response', (request, response) => {
    const status = response.statusCode ?? 0;
    // 5xx passes: the daemon is starting or stopping.
    if (status < 500) state.refusal = problemError(status, '');
    state.failure = `the daemon answered with status ${status}`;
    request.destroy();
    socket.terminate();
  });
  socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', id: 's1', ...subscription, ...resume })));
  const stopPings = pingRegularly(socket);
  const stop = (): void => socket.close(1000);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await handleAll(socket, handle);
  } catch (error) {
    if (error instanceof LakeError) return { kind: 'refused', error };
    if (state.failure === null) throw error;
  } finally {
    stopPings();
    signal.removeEventListener('abort', stop);
    socket.terminate();
  }
  if (signal.aborted) return { kind: 'stopped' };
  return ending(state);
}

async function handleAll(socket: WebSocket, handle: MessageHandler): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  for await (const [data] of on(socket, 'message', { close: ['close'], highWaterMark: QUEUE_HIGH, lowWaterMark: QUEUE_LOW }) as AsyncIterable<[Buffer]>) {
    const message = JSON.parse(data.toString('utf8')) as ServerMessage;
    if (message.type === 'error') throw namedError(message.code, message.message);
    await handle(message);
  }
}

function ending(state: Outcome): Ending {
  if (state.refusal !== null) return { kind: 'refused', error: state.refusal };
  const meaning = closeMeaning(state.code);
  if (meaning.again) return { kind: 'lost', reason: state.failure ?? meaning.reason };
  const code = state.code === 4500 ? 'unauthorized' : state.code === 4504 ? 'rate_limited' : 'bad_request';
  const said = state.said === '' ? '' : `, "${state.said}"`;
  return { kind: 'refused', error: namedError(code, `The live connection was refused: ${meaning.reason} (${state.code}${said}).`) };
}

/** Finds a connection that died without a word, as after a laptop slept. */
function pingRegularly(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    // While reading is paused a pong cannot arrive: then it is this side that is slow.
    if (!answered && !socket.isPaused) return socket.terminate();
    answered = false;
    socket.ping();
  }, PING_MS);
  return () => clearInterval(timer);
}
