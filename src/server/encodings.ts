// Which compression an answer gets: the best of ours that the client accepts, and how it is made. Fast
// levels: over loopback the time to compress is the time to answer.

import * as zlib from 'node:zlib';
import { constants } from 'node:zlib';
import { promisify } from 'node:util';
import type { Transform } from 'node:stream';

interface Encoding {
  whole: (bytes: Uint8Array) => Promise<Buffer>;
  stream: () => Transform;
}

/** Not in every Node that this runs on. */
interface Zstd {
  zstdCompress?: (bytes: Uint8Array, done: (error: Error | null, made: Buffer) => void) => void;
  createZstdCompress?: () => Transform;
}

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };
const BROTLI_STREAM = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const { zstdCompress, createZstdCompress } = zlib as Zstd;

const brotli = promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliCompress);
const gzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gzip);

/** By name, the best first. */
const ENCODINGS: ReadonlyMap<string, Encoding> = new Map<string, Encoding>([
  ...(zstdCompress === undefined || createZstdCompress === undefined ? [] : [['zstd', { whole: promisify(zstdCompress), stream: createZstdCompress }] satisfies [string, Encoding]]),
  ['br', { whole: (bytes: Uint8Array) => brotli(bytes, BROTLI), stream: () => zlib.createBrotliCompress(BROTLI_STREAM) }],
  ['gzip', { whole: (bytes: Uint8Array) => gzip(bytes, { level: 3 }), stream: () => zlib.createGzip({ level: 1 }) }],
]);

/** By the header Accept-Encoding (RFC 9110, 12.5.3); null for none. Among those equally wished for, ours counts. */
export function encodingFor(accepted: string | undefined): string | null {
  const wishes = wishesOf(accepted ?? '');
  const weightOf = (name: string): number => wishes.get(name) ?? wishes.get('*') ?? 0;
  const [best] = [...ENCODINGS.keys()].filter((name) => weightOf(name) > 0).toSorted((a, b) => weightOf(b) - weightOf(a));
  return best !== undefined && weightOf(best) >= (wishes.get('identity') ?? 0) ? best : null;
}

function wishesOf(header: string): Map<string, number> {
  const wishes = header.split(',').map((wish): [string, number] => {
    const [name = '', ...parameters] = wish.trim().toLowerCase().split(';');
    const weight = parameters.map((parameter) => /^\s*q\s*=\s*([\d.]+)\s*$/.exec(parameter)?.[1]).find((text) => text !== undefined);
    return [name.trim(), weight === undefined ? 1 : Number(weight)];
  });
  return new Map(wishes.filter(([name]) => name !== ''));
}

export function compressed(encoding: string, bytes: Uint8Array): Promise<Buffer> {
  return known(encoding).whole(bytes);
}

export function compressor(encoding: string): Transform {
  return known(encoding).stream();
}

function known(name: string): Encoding {
  return ENCODINGS.get(name) ?? { whole: async (bytes) => Buffer.from(bytes), stream: () => zlib.createGzip() };
}
