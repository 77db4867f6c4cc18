// A JSON document larger than memory, piece by piece: the elements of one of its lists, or all that is
// beside its lists. Broken JSON throws, after what came before the fault.

import { Readable } from 'node:stream';
import chain from 'stream-chain';
import { ignore } from 'stream-json/filters/ignore.js';
import { pick } from 'stream-json/filters/pick.js';
import parser from 'stream-json/parser.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { streamValues } from 'stream-json/streamers/stream-values.js';

/** Without the pieces of strings as they come: only whole values are used. */
const WHOLE = { streamValues: false };

/** The elements of the list at a top-level key; none where there is no such list. With key null the document is the list. */
export async function* elementsOf(bytes: AsyncIterable<Uint8Array>, key: string | null): AsyncGenerator<unknown, void> {
  const stages = key === null ? [parser(WHOLE), streamArray()] : [parser(WHOLE), pick({ filter: key }), streamArray()];
  yield* values(bytes, stages);
}

/** The document without the values at some of its top-level keys. */
export async function besides(bytes: AsyncIterable<Uint8Array>, keys: readonly string[]): Promise<unknown> {
  const isAside = (path: readonly (string | number | null)[]): boolean => path.length > 0 && keys.includes(String(path[0]));
  for await (const value of values(bytes, [parser(WHOLE), ignore({ filter: isAside }), streamValues()])) return value;
  return null;
}

async function* values(bytes: AsyncIterable<Uint8Array>, stages: readonly unknown[]): AsyncGenerator<unknown, void> {
  const pipeline = chain([Readable.from(bytes, { highWaterMark: 2 }), ...stages] as Parameters<typeof chain>[0]);
  for await (const { value } of pipeline as AsyncIterable<{ value: unknown }>) yield value;
}
