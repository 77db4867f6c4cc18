// The references that are code of this project, by name; each runs in a process of its own.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Entrant } from '../support/contest.ts';
import type { Measure } from '../support/measure.ts';

/** Does its work over the logs below a folder. */
type Peer = (root: string) => unknown;

/** Loaded when asked for: a library not used takes no memory. */
export const PEERS = {
  'all bytes read, nothing done': async () => (await import('./read-bytes.ts')).readBytes,
  'JSON.parse of every line, nothing kept': async () => (await import('./json-parse.ts')).jsonParse,
  'DuckDB read_ndjson, the same rows': async () => (await import('./duckdb-read.ts')).duckdbRows,
  'DuckDB read_json_auto': async () => (await import('./duckdb-read.ts')).duckdbAuto,
  'DuckDB COPY to Parquet': async () => (await import('./duckdb-copy.ts')).duckdbCopy,
  'our scan of every line': async () => (await import('./our-scan.ts')).ourScan,
  'parquetjs-lite': async () => (await import('./parquetjs.ts')).parquetJs,
} satisfies Record<string, () => Promise<Peer>>;

export type PeerName = keyof typeof PEERS;

export function peer(name: PeerName, root: string): Entrant {
  return { name, run: () => runPeer([name, root]) };
}

/** Once for nothing before: over few bytes the compiler would be most of what is measured. */
export function warmPeer(name: PeerName, root: string): Entrant {
  return { name, run: () => runPeer([name, root, 'warm']) };
}

function runPeer(args: readonly string[]): Promise<Measure> {
  const worker = fork(fileURLToPath(new URL('peer-worker.ts', import.meta.url)), args, { execArgv: ['--import', 'tsx'] });
  return new Promise((resolve, reject) => {
    let measure: Measure | null = null;
    worker.on('message', (message: Measure) => (measure = message));
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 && measure !== null ? resolve(measure) : reject(new Error(`${args[0]} ended with ${code}`))));
  });
}
