import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StreamResponder } from '../../src/server/stream-responder.ts';
import { fakeLake, TOKEN } from './fake-lake.ts';
import { serve, until } from './client.ts';

const CHUNK_BYTES = 256 * 1024;

interface Tap {
  produced: number;
  returned: boolean;
  signal: AbortSignal | null;
}

/** A generator without end that says how far it ran. */
function endless(tap: Tap) {
  return async function* ndjson(_query: unknown, _content: unknown, signal: AbortSignal) {
    tap.signal = signal;
    try {
      for (;;) {
        yield Buffer.alloc(CHUNK_BYTES, 'x');
        tap.produced += CHUNK_BYTES;
        await sleep(0);
      }
    } finally {
      tap.returned = true;
    }
  };
}

async function rawRequest(url: string, path: string, version = '1.1', extra = ''): Promise<Socket> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/${version}\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n${extra}\r\n`);
  return socket;
}

async function everything(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

describe('a jsonl export', () => {
  it('ends with the trailers it announced, on the wire', async () => {
    const { server } = await serve();
    const text = await everything(await rawRequest(server.url, '/api/export?format=jsonl', '1.1', 'Connection: close\r\n'));
    expect(text).toMatch(/^trailer: X-Rows, X-Sha256\r$/im);
    expect(text).toMatch(/transfer-encoding: chunked/i);
    expect(text.endsWith('8\r\n{"a":1}\n\r\n8\r\n{"b":2}\n\r\n0\r\nX-Rows: 2\r\nX-Sha256: abc\r\n\r\n')).toBe(true);
  });

  it('gives them to a client that reads trailers', async () => {
    const { get } = await serve();
    const answer = await get('/api/export?format=jsonl');
    expect(answer.body.toString()).toBe('{"a":1}\n{"b":2}\n');
    expect(answer.trailers).toEqual({ 'x-rows': '2', 'x-sha256': 'abc' });
  });

  it('goes without them where HTTP has none', async () => {
    const { server, get } = await serve();
    const text = await everything(await rawRequest(server.url, '/api/export?format=jsonl', '1.0'));
    expect(text).toContain('200 OK');
    expect(text.endsWith('\r\n\r\n{"a":1}\n{"b":2}\n')).toBe(true);
    expect((await get('/api/export?format=jsonl', {}, 'HEAD')).status).toBe(200);
  });
});

describe('a stream', () => {
  it('is given up when nothing moves for too long', async () => {
    const tap: Tap = { produced: 0, returned: false, signal: null };
    const streams = new StreamResponder(fakeLake().deps.logger, 200);
    const app = Fastify();
    onTestFinished(() => app.close());
    app.get('/', (request, reply) => streams.send(request, reply, { headers: {}, open: (signal) => ({ chunks: endless(tap)(null, null, signal) }) }));
    const socket = await rawRequest(await app.listen({ port: 0, host: '127.0.0.1' }), '/');
    await until(() => tap.returned);
    expect(tap.produced).toBeGreaterThan(0);
    socket.destroy();
  });

  it('stops producing when the client stops reading, and goes on when it reads again', async () => {
    const tap: Tap = { produced: 0, returned: false, signal: null };
    const { server } = await serve(fakeLake({ streams: { ndjson: endless(tap) } }));
    const socket = await rawRequest(server.url, '/api/export');
    await until(() => tap.produced > 0);
    let settled = -1;
    while (settled !== tap.produced) {
      settled = tap.produced;
      await sleep(150);
    }
    // What the kernel's buffers of both ends hold, and one chunk of ours.
    expect(tap.produced).toBeLessThan(16 * 1024 * 1024);
    socket.resume();
    await until(() => tap.produced > settled + 4 * CHUNK_BYTES);
    socket.destroy();
    await until(() => tap.returned);
  });

  it('aborts and returns its source when the client goes away', async () => {
    const tap: Tap = { produced: 0, returned: false, signal: null };
    const { server } = await serve(fakeLake({ streams: { ndjson: endless(tap) } }));
    const socket = await rawRequest(server.url, '/api/export');
    await once(socket, 'data');
    socket.destroy();
    await until(() => tap.returned);
    expect(tap.signal?.aborted).toBe(true);
  });

  it('that fails before its first byte is a problem; later, a broken connection', async () => {
    const logged: object[] = [];
    const { get } = await serve(fakeLake({
      logger: { debug() {}, info() {}, warn() {}, error: (fields) => { logged.push(fields); } },
      streams: {
        // eslint-disable-next-line require-yield
        async* csv() { throw new Error('at once'); },
        jsonl: () => ({
          chunks: (async function* chunks() {
            yield Buffer.from('{}\n');
            throw new Error('later');
          })(),
          trailers: () => ({ rows: 1, sha256: 'x' }),
        }),
      },
    }));
    expect((await get('/api/export?format=csv')).json()).toMatchObject({ status: 500, code: 'internal' });
    await expect(get('/api/export?format=jsonl')).rejects.toThrow();
    expect(logged).toHaveLength(2);
  });

  it('leaves its connection fit for further requests', async () => {
    const { server } = await serve();
    const socket = await rawRequest(server.url, '/api/export');
    let text = '';
    socket.on('data', (chunk: Buffer) => { text += chunk.toString('latin1'); });
    for (let n = 1; n <= 15; n += 1) {
      await until(() => text.split('\r\n0\r\n').length === n + 1);
      socket.write(`GET /api/export HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
    }
    socket.destroy();
  });

  it('is not under way any more when its client has left', async () => {
    const tap: Tap = { produced: 0, returned: false, signal: null };
    const { server, get } = await serve(fakeLake({ streams: { ndjson: endless(tap) } }));
    const socket = await rawRequest(server.url, '/api/export');
    await once(socket, 'data');
    socket.destroy();
    const active = async (): Promise<string | undefined> => /^sessionlake_http_requests_active (\d+)$/m.exec((await get('/metrics')).body.toString())?.[1];
    while ((await active()) !== '1') await sleep(5);
  });

  it('shows in the metrics, by route', async () => {
    const { get } = await serve();
    await get('/api/export');
    const text = (await get('/metrics')).body.toString();
    expect(text).toContain('sessionlake_http_request_duration_seconds_count{route="/api/export",method="GET",status="200"} 1');
    expect(text).toContain('sessionlake_http_streams_active 0');
  });
});

it('a stream that the kernel takes as fast as it is made leaves the thread to others', async () => {
  let [turns, made] = [0, 0];
  const count = (): void => {
    turns += 1;
    if (made < 200) setImmediate(count);
  };
  async function* ndjson(): AsyncGenerator<Buffer> {
    setImmediate(count);
    for (; made < 200; made += 1) {
      for (const end = performance.now() + 1; performance.now() < end; );
      yield Buffer.from('{}\n');
    }
  }
  const { deps } = fakeLake();
  const { get } = await serve(fakeLake({ export: { ...deps.export, ndjson } }));
  expect((await get('/api/export')).body.toString()).toBe('{}\n'.repeat(200));
  // 200 ms of work, in turns of some milliseconds.
  expect(turns).toBeGreaterThan(20);
});
