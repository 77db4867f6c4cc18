// The API without a daemon: requests go straight into the application in this process.

import type { Readable } from 'node:stream';
import { LakeError } from '../core/errors.ts';
import { pathWithQuery, type ApiClient, type ApiStream, type Query } from './api-client.ts';
import type { Embedded } from '../daemon/port.ts';
import { problemError } from './problem.ts';

interface Answer {
  headers: Record<string, string | undefined>;
  trailers: Record<string, string>;
  body: Readable;
}

export function embeddedClient(embedded: Embedded): ApiClient {
  const ask = async (method: 'GET' | 'POST', url: string, payload?: object): Promise<Answer> => {
    const request = { method, url, payloadAsStream: true, ...(payload === undefined ? {} : { payload }) };
    const response = await embedded.app.inject(request);
    const body = response.stream();
    if (response.statusCode >= 300) throw problemError(response.statusCode, await readText(body));
    const headers = Object.entries(response.headers).map(([name, value]) => [name, value === undefined ? undefined : String(value)] as const);
    return { headers: Object.fromEntries(headers), trailers: response.trailers, body };
  };
  return {
    daemon: null,
    get: async <T>(path: string, query: Query = {}) => JSON.parse(await readText((await ask('GET', pathWithQuery(path, query))).body)) as T,
    post: async <T>(path: string, body: object) => JSON.parse(await readText((await ask('POST', path, body)).body)) as T,
    stream: async (path: string, query: Query): Promise<ApiStream> => {
      const answer = await ask('GET', pathWithQuery(path, query));
      return { headers: answer.headers, chunks: whole(answer.body), trailers: () => answer.trailers };
    },
    close: () => embedded.close(),
  };
}

async function* whole(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (error) {
    throw new LakeError('internal', 'The answer ended before it was whole.', { cause: error });
  }
}

async function readText(body: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}
