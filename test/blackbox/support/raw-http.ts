// HTTP over a bare socket: for trailers, for a client that stops reading, and for one that goes away.

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Daemon } from '../../support/daemon.ts';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  trailers: Record<string, string>;
  body: Buffer;
  /** The chunked body came to its end. */
  whole: boolean;
}

/** Sends a GET and returns the socket; nothing is read of the answer. */
export function rawGet(daemon: Daemon, path: string, headers: Record<string, string> = {}): Socket {
  const { hostname, port, host } = new URL(daemon.url);
  const socket = connect({ host: hostname, port: Number(port) });
  const lines = [`GET ${path} HTTP/1.1`, ...Object.entries({ Host: host, Authorization: `Bearer ${daemon.token}`, Connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}`)];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.on('error', () => undefined);
  return socket;
}

/** A GET read to its end, with its trailers. */
export async function rawAnswer(daemon: Daemon, path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const socket = rawGet(daemon, path, headers);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return parseAnswer(Buffer.concat(chunks));
}

function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = fieldsOf(lines);
  const status = Number(first.split(' ')[1]);
  const rest = bytes.subarray(end + 4);
  if (headers['transfer-encoding'] !== 'chunked') {
    return { status, headers, trailers: {}, body: rest, whole: headers['content-length'] === undefined || Number(headers['content-length']) === rest.length };
  }
  return { status, headers, ...dechunked(rest) };
}

function dechunked(bytes: Buffer): Pick<RawAnswer, 'body' | 'trailers' | 'whole'> {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line === -1) return { body: Buffer.concat(pieces), trailers: {}, whole: false };
    const length = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (length === 0) {
      const end = bytes.indexOf('\r\n\r\n', line);
      const trailers = end <= line ? {} : fieldsOf(bytes.toString('latin1', line + 2, end).split('\r\n'));
      return { body: Buffer.concat(pieces), trailers, whole: true };
    }
    pieces.push(bytes.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
}

function fieldsOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
}
