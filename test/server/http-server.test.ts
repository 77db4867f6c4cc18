import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { HttpServer } from '../../src/server/http-server.ts';
import { hostsOf, urlOf } from '../../src/server/hosts.ts';
import { fakeLake, TOKEN } from './fake-lake.ts';
import { serve, until } from './client.ts';

async function upgrade(url: string, path: string, lines: string[] = [], protocol = 'websocket'): Promise<Socket> {
  const { port, host } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const own = [`Host: ${host}`, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13']
    .filter((line) => !lines.some((other) => other.startsWith(line.slice(0, line.indexOf(' ')))));
  socket.write([`GET ${path} HTTP/1.1`, ...own, ...lines, 'Connection: Upgrade', `Upgrade: ${protocol}`, '', ''].join('\r\n'));
  return socket;
}

async function everything(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

function recordingLake() {
  const seen: { url: string | undefined; authenticated: boolean }[] = [];
  const sockets: Duplex[] = [];
  const lake = fakeLake({
    live: {
      upgrade: (request: IncomingMessage, socket, _head, authenticated) => {
        seen.push({ url: request.url, authenticated });
        sockets.push(socket);
      },
      close: async () => { for (const socket of sockets) socket.destroy(); },
    },
  });
  return { lake, seen };
}

describe('an upgrade', () => {
  it('on /ws goes to the live room, with whether the token came along', async () => {
    const { lake, seen } = recordingLake();
    const { server } = await serve(lake);
    await upgrade(server.url, '/ws');
    await upgrade(server.url, '/ws', [`Authorization: Bearer ${TOKEN}`]);
    await upgrade(server.url, '/ws', [`Cookie: sessionlake_token=${TOKEN}`]);
    await until(() => seen.length === 3);
    expect(seen.map(({ authenticated }) => authenticated)).toEqual([false, true, true]);
  });

  it('with a foreign Host or Origin, or to another path, is refused as a problem', async () => {
    const { lake, seen } = recordingLake();
    const { server } = await serve(lake);
    const answer = async (path: string, lines: string[]) => everything(await upgrade(server.url, path, lines));
    const bearer = `Authorization: Bearer ${TOKEN}`;
    expect(await answer('/ws', ['Host: evil.example'])).toMatch(/^HTTP\/1\.1 403 [\s\S]*"code":"forbidden"/);
    expect(await answer('/ws', [bearer, 'Origin: http://evil.example'])).toContain(' 403 ');
    expect(await answer('/other', [bearer])).toContain(' 404 ');
    expect(seen).toEqual([]);
  });

  it('with a parameter is refused, a token above all', async () => {
    const { lake, seen } = recordingLake();
    const { server } = await serve(lake);
    const text = await everything(await upgrade(server.url, `/ws?token=${TOKEN}`, [`Authorization: Bearer ${TOKEN}`]));
    expect(text).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"invalid_parameter","parameter":"token"/);
    expect(await everything(await upgrade(server.url, `/ws?token=${TOKEN}`))).toContain(' 401 ');
    expect(seen).toEqual([]);
  });

  it.each([
    ['Sec-WebSocket-Key: short', 'Sec-WebSocket-Key'],
    ['Sec-WebSocket-Version: 12', 'Sec-WebSocket-Version'],
    ['Sec-WebSocket-Protocol: a,,b', 'Sec-WebSocket-Protocol'],
    ['Sec-WebSocket-Protocol: a, a', 'Sec-WebSocket-Protocol'],
  ])('that says %s is refused as a problem that names the header', async (line, name) => {
    const { lake, seen } = recordingLake();
    const { server } = await serve(lake);
    const text = await everything(await upgrade(server.url, '/ws', [`Authorization: Bearer ${TOKEN}`, line]));
    expect(text).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
    expect(text).toMatch(new RegExp(`"detail":"The header ${name} [\\s\\S]*"code":"bad_request"`));
    expect(text.toLowerCase()).toContain('sec-websocket-version: 13');
    expect(seen).toEqual([]);
  });

  it('with names of subprotocols is one', async () => {
    const { lake, seen } = recordingLake();
    const { server } = await serve(lake);
    await upgrade(server.url, '/ws', ['Sec-WebSocket-Protocol: chat, json.v1', 'Sec-WebSocket-Extensions: permessage-deflate']);
    await until(() => seen.length === 1);
  });

  it('to HTTP/2 is answered as the plain request it also is', async () => {
    const { server } = await serve();
    const text = await everything(await upgrade(server.url, '/api/export?format=jsonl', [`Authorization: Bearer ${TOKEN}`], 'h2c'));
    expect(text).toContain('200 OK');
    expect(text).toContain('X-Rows: 2');
  });

  it('is what a plain request to /ws is told to do', async () => {
    const { get } = await serve();
    expect((await get('/ws')).json()).toMatchObject({ status: 400, code: 'bad_request', hint: expect.stringContaining('WebSocket') });
  });
});

describe('the server', () => {
  it('says that its port is in use, with a way out', async () => {
    const { server } = await serve();
    const second = new HttpServer(fakeLake().deps, { host: '127.0.0.1', port: Number(new URL(server.url).port) });
    await expect(second.start()).rejects.toMatchObject({ code: 'port_in_use', hint: expect.stringContaining('--port 0') });
    await second.close();
  });

  it('says that an address is not of this machine', async () => {
    const server = new HttpServer(fakeLake().deps, { host: '192.0.2.1', port: 0 });
    await expect(server.start()).rejects.toMatchObject({ code: 'config' });
  });

  it('knows its URL and its names', () => {
    expect(urlOf('0.0.0.0', 1)).toBe('http://127.0.0.1:1');
    expect(urlOf('::1', 1)).toBe('http://[::1]:1');
    expect(hostsOf('127.0.0.1', 7433)).toEqual(['localhost:7433', '127.0.0.1:7433', '[::1]:7433']);
    expect(hostsOf('Lake.Internal', 80)).toContain('lake.internal');
    expect(hostsOf('0.0.0.0', 7433)).not.toContain('0.0.0.0:7433');
  });

  it('finishes what runs, then closes; twice is once', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => { release = resolve; });
    const base = await fakeLake().deps.status();
    let asked = () => {};
    const arrived = new Promise<void>((resolve) => { asked = resolve; });
    const { server, get } = await serve(fakeLake({ status: async () => { asked(); await held; return base; } }), 5000);
    const answer = get('/api/status');
    await arrived;
    const closed = Promise.all([server.close(), server.close()]);
    await sleep(20);
    release();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(get('/health')).rejects.toThrow('ECONNREFUSED');
  });

  it('cuts exports, sockets and idle connections that outlast the deadline', async () => {
    const { lake } = recordingLake();
    let aborted = false;
    lake.deps.export.ndjson = async function* forever(_query, _content, signal) {
      yield Buffer.from('{}\n');
      await once(signal, 'abort');
      aborted = true;
    };
    lake.deps.live.close = async () => {};
    const { server } = await serve(lake, 300);
    const { host, port } = new URL(server.url);
    const idle = connect(Number(port), '127.0.0.1');
    const live = await upgrade(server.url, '/ws');
    const reader = connect(Number(port), '127.0.0.1');
    reader.write(`GET /api/export HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
    await once(reader, 'data');
    const ends = Promise.all([idle, live, reader].map((socket) => once(socket.on('error', () => {}).resume(), 'close')));
    const started = Date.now();
    await server.close();
    await ends;
    expect(aborted).toBe(true);
    expect(Date.now() - started).toBeLessThan(1500);
  });
});
