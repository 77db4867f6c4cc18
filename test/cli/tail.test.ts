import { createHash } from 'node:crypto';
import type { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/cli/backoff.ts';
import { followLake, type LiveOptions } from '../../src/cli/live-feed.ts';
import { run } from '../../src/cli/run.ts';
import { LakeError } from '../../src/core/errors.ts';
import { fakeDaemon, TOKEN, type FakeDaemon } from './support/fake-daemon.ts';
import { memoryIo, type MemoryIo } from './support/memory-io.ts';
import { record } from './support/records.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await fakeDaemon();
});
afterEach(() => daemon.close());

interface Asked { type: string; id: string; filter: object; content: string; epoch?: string; offset?: string }

/** Answers a subscription, then lets the test go on with the socket. */
function onSubscribe(then: (socket: WebSocket, asked: Asked, attempt: number) => void): Asked[] {
  const asked: Asked[] = [];
  daemon.onSocket = (socket, request) => {
    expect(request.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(request.url).toBe('/ws');
    say(socket, { type: 'hello', epoch: 'e1', top: '5', version: '0' });
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString('utf8')) as Asked;
      asked.push(message);
      say(socket, { type: 'subscribed', id: 's1', epoch: 'e1', from: message.offset ?? '5', top: '5', recovered: message.offset !== undefined });
      then(socket, message, asked.length);
    });
  };
  return asked;
}

function say(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message));
}

function event(socket: WebSocket, offset: string, text = `text ${offset}`): void {
  say(socket, { type: 'event', id: 's1', offset, prev: '0', data: record({ offset, text }) });
}

function tail(args: string[], io: MemoryIo = memoryIo()) {
  return { io, ended: run(['tail', ...args, '--data-dir', daemon.dataDir], io) };
}

describe('tail', () => {
  it('prints each record as a line of JSON and ends on a signal', async () => {
    const asked = onSubscribe((socket) => {
      event(socket, '6');
      event(socket, '7');
    });
    const { io, ended } = tail(['--json', '--source', 'claude-code', '--type', 'user,assistant', '--tool', 'Bash']);
    await io.sees('text 7');
    io.interrupt();
    expect(await ended).toBe(0);
    expect(io.out().trimEnd().split('\n').map((line) => (JSON.parse(line) as { offset: string }).offset)).toEqual(['6', '7']);
    expect(asked).toEqual([{ type: 'subscribe', id: 's1', filter: { source: 'claude-code', types: ['user', 'assistant'], tools: ['Bash'] }, content: 'text' }]);
    expect(io.err()).toBe('');
  });

  it('says that no session is known by the id, and waits for one', async () => {
    const asked = onSubscribe((socket) => event(socket, '6'));
    const { io, ended } = tail(['--json', '--session', '3f2a91c0']);
    await io.sees('text 6');
    io.interrupt();
    expect(await ended).toBe(0);
    expect(asked[0]?.filter).toEqual({ session: '3f2a91c0' });
    expect(io.err()).toContain('There is no session "3f2a91c0" yet');
  });

  it('goes on by itself after the last record it showed, at the new address too', async () => {
    const asked = onSubscribe((socket, _asked, attempt) => {
      if (attempt === 1) {
        event(socket, '6');
        socket.close(4001);
        void daemon.restart();
      } else {
        event(socket, '6', 'again');
        event(socket, '8');
      }
    });
    const { io, ended } = tail(['--json', '--since', '4']);
    await io.sees('text 8');
    io.interrupt();
    expect(await ended).toBe(0);
    expect(asked.map(({ offset, epoch }) => [offset, epoch])).toEqual([['4', undefined], ['6', 'e1']]);
    expect(io.out()).not.toContain('again');
    expect(io.err()).toBe('Connection lost: the daemon is shutting down. Trying again until the daemon is back …\nConnected again; going on after offset 6.\n');
  });

  it('reports a gap and goes on after it', async () => {
    const asked = onSubscribe((socket, _asked, attempt) => {
      if (attempt === 1) {
        say(socket, { type: 'gap', id: 's1', reason: 'epoch', from: '4', to: '5', top: '5' });
        socket.close(4008);
      } else event(socket, '6');
    });
    const { io, ended } = tail(['--json', '--since', '4']);
    await io.sees('text 6');
    io.interrupt();
    expect(await ended).toBe(0);
    expect(asked[1]?.offset).toBe('5');
    expect(io.err()).toContain('Gap after offset 4: the index was built anew');
  });

  it('stops with a message where trying again makes no sense', async () => {
    for (const [code, exit] of [[4500, 1], [4501, 2], [4504, 1]] as const) {
      onSubscribe((socket) => socket.close(code, 'why'));
      const { io, ended } = tail(['--json']);
      expect(await ended).toBe(exit);
      expect(io.err()).toContain(`(${code}, "why")`);
    }
    onSubscribe((socket) => say(socket, { type: 'error', id: 's1', code: 'invalid_parameter', message: 'no such filter' }));
    const { io, ended } = tail(['--json']);
    expect(await ended).toBe(2);
    expect(io.err()).toContain('no such filter');
  });

  it('ends quietly when nobody reads it any more', async () => {
    onSubscribe((socket) => event(socket, '6'));
    const { io, ended } = tail(['--json']);
    await io.sees('text 6');
    io.closeOutput();
    expect(await ended).toBe(0);
  });

  it('shows the last records first, stepping back in windows until there are enough', async () => {
    const records = [2, 700, 1995, 1996].map((offset) => record({ offset: String(offset), text: `old ${offset}` }));
    daemon.routes['/api/export'] = (_request, response, query) => {
      const [after, upto] = [Number(query.get('after')), Number(query.get('upto'))];
      const body = records.filter(({ offset }) => Number(offset) > after && Number(offset) <= upto).map((one) => `${JSON.stringify(one)}\n`).join('');
      response.end(`${body}${JSON.stringify({ type: 'end', rows: 0, from: '', to: '', sha256: createHash('sha256').update(body).digest('hex') })}\n`);
    };
    daemon.onSocket = (socket) => socket.on('message', () => {
      say(socket, { type: 'subscribed', id: 's1', epoch: 'e1', from: '2000', top: '2000', recovered: false });
      event(socket, '2001', 'live');
    });
    const { io, ended } = tail(['-n', '3']);
    await io.sees('live');
    io.interrupt();
    expect(await ended).toBe(0);
    expect(io.out().match(/old \d+|live/g)).toEqual(['old 700', 'old 1995', 'old 1996', 'live']);
    expect(daemon.requests).toEqual([
      'GET /api/export?format=ndjson&content=text&after=1744&upto=2000',
      'GET /api/export?format=ndjson&content=text&after=720&upto=1744',
      'GET /api/export?format=ndjson&content=text&after=0&upto=720',
    ]);
  });

  it('refuses what excludes each other', async () => {
    const { io, ended } = tail(['--since', '1', '-n', '2']);
    expect(await ended).toBe(2);
    expect(io.err()).toContain('cannot be used with');
  });
});

describe('the wait before trying again', () => {
  it('grows from 1 s by half to 30 s, with jitter', () => {
    expect([0, 1, 2, 20].map((attempt) => backoffMs(attempt, 1))).toEqual([1000, 1500, 2250, 30_000]);
    expect(backoffMs(20, 0)).toBe(15_000);
  });

  it('begins anew once a connection was good', async () => {
    onSubscribe((socket) => socket.close(4010));
    const waits: number[] = [];
    const stop = new AbortController();
    const options: LiveOptions = {
      filter: {}, content: 'none', since: null, signal: stop.signal, random: () => 1,
      endpoint: () => (waits.length >= 2 && waits.length < 4 ? null : { url: daemon.url(), token: TOKEN }),
      delay: async (ms) => {
        waits.push(ms);
        if (waits.length === 5) stop.abort();
      },
      sink: { begin: async () => {}, event: async () => {}, gap: () => {}, lost: () => {}, regained: () => {} },
    };
    await followLake(options, () => new LakeError('unreachable', 'never'));
    expect(waits).toEqual([1000, 1000, 1500, 2250, 1000]);
  });
});
