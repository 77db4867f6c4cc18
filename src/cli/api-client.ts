// One face for commands that ask: over HTTP where a daemon runs, else the same application in this
// process over the index opened read-only. Commands need not know which.

import type { DaemonFile } from './daemon-file.ts';

/** Undefined values are left out; a list is sent as one value separated by commas. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface ApiStream {
  headers: Readonly<Record<string, string | undefined>>;
  /** Throws where the answer ends before it is whole. Leaving the loop ends the request. */
  chunks: AsyncIterable<Uint8Array>;
  /** Complete after the last chunk; names in lower case. */
  trailers(): Readonly<Record<string, string | undefined>>;
}

export interface ApiClient {
  /** Null: no daemon runs, the index itself is open. */
  readonly daemon: DaemonFile | null;
  get<T>(path: string, query?: Query): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  stream(path: string, query: Query): Promise<ApiStream>;
  close(): Promise<void>;
}

export function pathWithQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}
