// A process that follows one growing file without keeping anything: by a directory watch, by chokidar, or by
// a directory watch and a plain WebSocket broadcast of each line. Nothing is committed, no file is checked.

import { openSync, readSync, watch } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { watch as chokidarWatch } from 'chokidar';
import { WebSocketServer } from 'ws';
import { sharedClockMs } from '../support/clock.ts';
import type { LiveKind, LiveReport } from './live.ts';

const [kind, path] = process.argv.slice(2) as [LiveKind, string];
const fd = openSync(path, 'r');
const buffer = Buffer.alloc(1 << 20);
const arrivals: [string, number][] = [];
let at = 0;

/** What came since, a line cut at the end left for the next time. */
function lines(): string[] {
  const read = readSync(fd, buffer, 0, buffer.length, at);
  const end = buffer.subarray(0, read).lastIndexOf(10) + 1;
  at += end;
  return end === 0 ? [] : buffer.toString('utf8', 0, end - 1).split('\n');
}

function note(): void {
  const fresh = lines();
  const now = sharedClockMs();
  for (const line of fresh) arrivals.push([(JSON.parse(line) as { uuid: string }).uuid, now]);
}

async function follow(): Promise<number> {
  if (kind === 'watch') {
    watch(dirname(path), note);
    return 0;
  }
  if (kind === 'chokidar') {
    const watcher = chokidarWatch(dirname(path), { ignoreInitial: true });
    watcher.on('change', note);
    await once(watcher, 'ready');
    return 0;
  }
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  watch(dirname(path), () => {
    for (const line of lines()) {
      const frame = JSON.stringify({ type: 'event', data: JSON.parse(line) as object });
      for (const client of server.clients) client.send(frame);
    }
  });
  return (server.address() as AddressInfo).port;
}

process.on('message', () => process.send?.({ arrivals } satisfies LiveReport));
process.once('disconnect', () => process.exit());
process.send?.(await follow());
