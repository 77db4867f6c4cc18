// The API over HTTP. Node's own client rather than fetch: exports say whether they are whole in
// HTTP trailers, which fetch does not show.

import { Agent, request, type IncomingMessage } from 'node:http';
import { LakeError, systemCode } from '../core/errors.ts';
import { pathWithQuery, type ApiClient, type ApiStream, type Query } from './api-client.ts';
import type { DaemonFile } from './daemon-file.ts';
import { problemError } from './problem.ts';

const PROBE_MS = 5000;
/** Silence after which an answer counts as lost. */
const IDLE_MS = 60_000;

interface Call {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  timeoutMs?: number;
}

export class HttpClient implements ApiClient {
  readonly daemon: DaemonFile;
  readonly token: string | null;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(daemon: DaemonFile, token: string | null) {
    this.daemon = daemon;
    this.token = token;
  }

  /** Whether a daemon is at the address; one that is starting, or too busy to answer, is. */
  async answers(): Promise<boolean> {
    try {
      const response = await this.#send({ method: 'GET', path: '/health', timeoutMs: PROBE_MS });
      const health = JSON.parse(await readAll(response)) as { status?: unknown } | null;
      return typeof health?.status === 'string';
    } catch (error) {
      return systemCode(error) === 'ETIMEDOUT';
    }
  }

  async get<T>(path: string, query: Query = {}): Promise<T> {
    return this.#json<T>({ method: 'GET', path: pathWithQuery(path, query) });
  }

  async post<T>(path: string, body: object): Promise<T> {
    return this.#json<T>({ method: 'POST', path, body: JSON.stringify(body) });
  }

  async stream(path: string, query: Query): Promise<ApiStream> {
    const response = await this.#checked({ method: 'GET', path: pathWithQuery(path, query) });
    // Whoever reads our output may pause for as long as it likes.
    response.setTimeout(0);
    return {
      headers: single(response.headers),
      chunks: this.#chunks(response),
      trailers: () => single(response.trailers),
    };
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }

  async #json<T>(call: Call): Promise<T> {
    const body = await this.#readAll(await this.#checked(call));
    try {
      return JSON.parse(body) as T;
    } catch (error) {
      throw new LakeError('internal', `What answers at ${this.daemon.url} does not speak JSON.`, { hint: 'Is another program using this port?', cause: error });
    }
  }

  async #checked(call: Call): Promise<IncomingMessage> {
    const response = await this.#lost(() => this.#send(call));
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw problemError(status, await this.#readAll(response));
  }

  #send({ method, path, body, timeoutMs = IDLE_MS }: Call): Promise<IncomingMessage> {
    const headers: Record<string, string> = { accept: 'application/json, */*' };
    if (this.token !== null) headers['authorization'] = `Bearer ${this.token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.daemon.url), { method, headers, agent: this.#agent, timeout: timeoutMs }, resolve);
      outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error(`no answer for ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' })));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  async #readAll(response: IncomingMessage): Promise<string> {
    return this.#lost(() => readAll(response));
  }

  async *#chunks(response: IncomingMessage): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of response) yield chunk as Uint8Array;
    } catch (error) {
      throw this.#unreachable(error);
    } finally {
      response.destroy();
    }
  }

  async #lost<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #unreachable(error: unknown): LakeError {
    const why = systemCode(error) ?? (error instanceof Error ? error.message : String(error));
    return new LakeError('unreachable', `The connection to the daemon at ${this.daemon.url} was lost (${why}).`, {
      hint: 'See whether it still runs: "sessionlake status".', cause: error,
    });
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}

function single(headers: NodeJS.Dict<string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]));
}
