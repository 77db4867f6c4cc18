// Frames made by hand are what a WebSocket client reads, and are shared by those who wait for the same.

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';
import { FrameRun, FrameWriter } from '../../src/stream/event-frames.ts';

const none = Buffer.alloc(0);

/** What a client reads when these bytes are sent to it after the handshake. */
async function read(bytes: Buffer, messages: number): Promise<string[]> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.once('connection', (_ws, request) => request.socket.write(bytes));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const received: string[] = [];
  await new Promise<void>((resolve, reject) => {
    client.on('error', reject);
    client.on('message', (data: Buffer, isBinary) => {
      expect(isBinary).toBe(false);
      received.push(data.toString('utf8'));
      if (received.length === messages) resolve();
    });
  });
  client.terminate();
  await new Promise((resolve) => server.close(resolve));
  return received;
}

describe('a frame', () => {
  it('is read by a client at every size of its header', async () => {
    const texts = [1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537, 200_000].map((length) => 'x'.repeat(length - 1));
    const frames = texts.map((text) => FrameRun.of(text, Buffer.from('}')));
    expect(await read(Buffer.concat(frames.map(({ bytes }) => bytes)), texts.length)).toEqual(texts.map((text) => `${text}}`));
  });

  it('counts bytes, not characters', async () => {
    const frame = FrameRun.of('{"id":"grüße 🙂"', Buffer.from(',"text":"ünï"}'));
    expect(await read(frame.bytes, 1)).toEqual(['{"id":"grüße 🙂","text":"ünï"}']);
  });
});

describe('a run', () => {
  const [a, b, c] = ['a', 'bb', 'ccc'].map((text) => FrameRun.of(text, none)) as [FrameRun, FrameRun, FrameRun];

  it('is its frames in order', () => {
    const run = a.with(b).with(c);
    expect(run.bytes).toEqual(Buffer.concat([a.bytes, b.bytes, c.bytes]));
    expect(run.byteLength).toBe(run.bytes.length);
    expect(run.payloads().map(String)).toEqual(['a', 'bb', 'ccc']);
  });

  it('is one for all who wait for the same, and another for who do not', () => {
    expect(a.with(b).with(c)).toBe(a.with(b).with(c));
    expect(a.with(b).with(c).bytes).toBe(a.with(b).with(c).bytes);
    expect(a.with(c).bytes).toEqual(Buffer.concat([a.bytes, c.bytes]));
    expect(b.with(c).bytes).toEqual(Buffer.concat([b.bytes, c.bytes]));
  });

  it('is right also for more different ones than are remembered', () => {
    const first = FrameRun.of('first', none);
    const others = Array.from({ length: 40 }, (_, n) => FrameRun.of(`other ${n}`, none));
    for (const round of [1, 2]) {
      for (const other of others) expect(first.with(other).payloads().map(String), `round ${round}`).toEqual(['first', ...other.payloads().map(String)]);
    }
  });
});

describe('the writer', () => {
  class FakeWs {
    readonly OPEN = 1;
    readyState = 1;
    readonly sent: string[] = [];
    readonly extensions: string;

    constructor(extensions = '') {
      this.extensions = extensions;
    }

    send(payload: Buffer, _options: object, written: () => void): void {
      this.sent.push(payload.toString('utf8'));
      written();
    }
  }

  const run = FrameRun.of('one', none).with(FrameRun.of('two', none));

  it('writes a run at once to the socket', () => {
    const ws = new FakeWs();
    const socket = new PassThrough();
    new FrameWriter(ws as unknown as WebSocket, socket).write(run, () => {});
    expect(socket.read()).toEqual(run.bytes);
    expect(ws.sent).toEqual([]);
  });

  it('leaves frames to the library where an extension was agreed on', () => {
    const ws = new FakeWs('permessage-deflate');
    const socket = new PassThrough();
    new FrameWriter(ws as unknown as WebSocket, socket).write(run, () => {});
    expect(ws.sent).toEqual(['one', 'two']);
    expect(socket.read()).toBeNull();
  });

  it('writes nothing after a close', () => {
    const ws = new FakeWs();
    const socket = new PassThrough();
    const writer = new FrameWriter(ws as unknown as WebSocket, socket);
    ws.readyState = 2;
    writer.write(run, () => {});
    expect(socket.read()).toBeNull();
  });
});
