// A daemon's HTTP side on a real port, and a client that can lie about its headers.

import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import { HttpServer } from '../../src/server/http-server.ts';
import { TOKEN, fakeLake, type FakeLake } from './fake-lake.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  trailers: NodeJS.Dict<string>;
  body: Buffer;
  json: <T = Record<string, unknown>>() => T;
}

export interface Running {
  lake: FakeLake;
  server: HttpServer;
  /** With the token, unless headers say otherwise. */
  get(path: string, headers?: OutgoingHttpHeaders, method?: string): Promise<Answer>;
}

export async function serve(lake: FakeLake = fakeLake(), closeDeadlineMs = 500): Promise<Running> {
  const server = new HttpServer(lake.deps, { host: '127.0.0.1', port: 0, closeDeadlineMs });
  await server.start();
  onTestFinished(() => server.close());
  const get: Running['get'] = (path, headers = {}, method = 'GET') =>
    ask(server.url + path, { authorization: `Bearer ${TOKEN}`, ...headers }, method);
  return { lake, server, get };
}

export function ask(url: string, headers: OutgoingHttpHeaders, method = 'GET', body?: string): Promise<Answer> {
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers: sent, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0, headers: response.headers, trailers: response.trailers, body: whole,
          json: () => JSON.parse(whole.toString('utf8')),
        });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** Polls until it is so. */
export async function until(condition: () => boolean, whatMs = 5000): Promise<void> {
  const deadline = Date.now() + whatMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not happen in time.');
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}
