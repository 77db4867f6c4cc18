// Bulk answers: pumps the bytes of an async iterable into the connection at the client's pace. One chunk
// is in flight at a time, so a client that stops reading costs one chunk and the socket's own buffer, and
// the iterable may fill one buffer again and again.
// A client that goes away aborts and returns the iterable. An iterable that fails, or is aborted,
// ends in a broken connection: a cut stream must never look like a whole one.

import type { Writable } from 'node:stream';
import { finished as ended } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LakeError } from '../core/errors.ts';
import { Turns } from '../core/time/turns.ts';
import type { Logger } from '../core/logger.ts';
import { compressor, encodingFor } from './encodings.ts';

const STREAMS_MAX = 64;
/** Where the kernel takes all there is, nothing else makes a stream wait: after so long it lets the others have the thread. */
const TURN_MS = 2;
/** A connection on which nothing moves for so long is given up. */
const STALL_MS = 15 * 60_000;

export interface StreamBody {
  /** A chunk's bytes need only be valid until the next one is asked for. */
  chunks: AsyncIterable<Uint8Array>;
  /** HTTP trailers, asked for after the last chunk. */
  trailers?: () => Record<string, string>;
}

export interface StreamAnswer {
  headers: Record<string, string>;
  /** Announced in the `Trailer` header. */
  trailerNames?: readonly string[];
  open(signal: AbortSignal): StreamBody | Promise<StreamBody>;
}

interface OpenStream {
  abort: AbortController;
  done: Promise<void>;
}

export class StreamResponder {
  readonly #logger: Logger;
  readonly #stallMs: number;
  readonly #streams = new Set<OpenStream>();

  constructor(logger: Logger, stallMs: number = STALL_MS) {
    this.#logger = logger;
    this.#stallMs = stallMs;
  }

  get open(): number {
    return this.#streams.size;
  }

  /** Errors before the first byte are thrown, for a problem answer; later ones are logged and cut the stream. */
  async send(request: FastifyRequest, reply: FastifyReply, answer: StreamAnswer): Promise<FastifyReply> {
    if (request.method === 'HEAD') return headOnly(reply, answer);
    if (this.#streams.size >= STREAMS_MAX) {
      reply.header('retry-after', '5');
      throw new LakeError('rate_limited', `${STREAMS_MAX} exports are under way.`, { hint: 'Try again when one has ended.' });
    }
    const abort = new AbortController();
    const gone = () => abort.abort();
    reply.raw.once('close', gone);
    if (reply.raw.destroyed) gone();
    let finished = () => {};
    const stream = { abort, done: new Promise<void>((resolve) => { finished = resolve; }) };
    this.#streams.add(stream);
    try {
      await this.#run(reply, answer, abort.signal);
    } finally {
      reply.raw.off('close', gone);
      this.#streams.delete(stream);
      finished();
    }
    return reply;
  }

  /** Lets running streams end by themselves for so long, then cuts them. */
  async drain(deadlineMs: number): Promise<void> {
    const running = [...this.#streams];
    const cut = setTimeout(() => { for (const { abort } of running) abort.abort(); }, deadlineMs);
    await Promise.all(running.map(({ done }) => done));
    clearTimeout(cut);
  }

  async #run(reply: FastifyReply, answer: StreamAnswer, signal: AbortSignal): Promise<void> {
    // Before anything is sent, so that a question that fails at once is answered with a problem.
    const { body, chunks, first } = await begin(answer, signal);
    reply.hijack();
    const response = reply.raw;
    const encoding = encodingOf(reply, answer);
    const encoder = encoding === null ? null : compressor(encoding);
    try {
      encoder?.pipe(response, { end: false });
      // Without a listener of ours, the HTTP server destroys a socket on which nothing moves.
      response.socket?.setTimeout?.(this.#stallMs);
      response.writeHead(200, headersOf(reply, answer));
      await pump(first, chunks, encoder ?? response, signal);
      if (signal.aborted) return void response.destroy();
      if (encoder !== null) await ended(encoder.end(), { signal });
      if (body.trailers !== undefined) response.addTrailers(body.trailers());
      response.end();
    } catch (error) {
      if (!signal.aborted) this.#logger.error({ err: error, route: reply.request.routeOptions.url }, 'a stream was cut');
      response.destroy();
    } finally {
      encoder?.destroy();
      await chunks.return?.();
    }
  }
}

async function begin(answer: StreamAnswer, signal: AbortSignal) {
  try {
    const body = await answer.open(signal);
    const chunks = body.chunks[Symbol.asyncIterator]();
    return { body, chunks, first: await chunks.next() };
  } catch (error) {
    throw signal.aborted ? new LakeError('unavailable', 'The export was stopped.', { cause: error }) : error;
  }
}

async function pump(first: IteratorResult<Uint8Array>, chunks: AsyncIterator<Uint8Array>, sink: Writable, signal: AbortSignal): Promise<void> {
  const turns = new Turns(TURN_MS);
  for (let step = first; step.done !== true && !signal.aborted; step = await chunks.next()) {
    await written(sink, step.value, signal);
    if (turns.isOver) await turns.next();
  }
}

/** Resolves when the bytes are the kernel's, or compressed, and more are taken, or never will be: whoever made them may reuse their buffer. */
function written(sink: Writable, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let waits = 2;
    const settle = () => {
      sink.off('drain', advance);
      signal.removeEventListener('abort', settle);
      resolve();
    };
    const advance = () => {
      waits -= 1;
      if (waits === 0) settle();
    };
    if (signal.aborted) return void resolve();
    signal.addEventListener('abort', settle);
    if (sink.write(bytes, 'latin1', advance)) advance();
    else sink.once('drain', advance);
  });
}

function headOnly(reply: FastifyReply, answer: StreamAnswer): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, headersOf(reply, answer));
  reply.raw.end();
  return reply;
}

/** What is compressed already is left as it is. */
function encodingOf(reply: FastifyReply, { headers }: StreamAnswer): string | null {
  return /^(text\/|application\/(x-nd)?json)/.test(headers['content-type'] ?? '') ? encodingFor(reply.request.headers['accept-encoding']) : null;
}

function headersOf(reply: FastifyReply, answer: StreamAnswer): Record<string, string | number | string[]> {
  const own = reply.getHeaders() as Record<string, string | number | string[]>;
  const { method, raw } = reply.request;
  // Trailers need chunks, which an answer to HEAD or to HTTP/1.0 has not.
  const trailed = method !== 'HEAD' && raw.httpVersion !== '1.0';
  const trailer = trailed && answer.trailerNames !== undefined ? { trailer: answer.trailerNames.join(', ') } : {};
  const encoding = encodingOf(reply, answer);
  const encoded = encoding === null ? {} : { 'content-encoding': encoding };
  return { ...own, ...answer.headers, ...trailer, ...encoded, vary: 'accept-encoding' };
}
