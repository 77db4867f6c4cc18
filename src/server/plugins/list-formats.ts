// What every list has beside its JSON: a `Link` header that names the next page, and one item a line for
// who accepts NDJSON. Works on the answer as it is sent, so answers that were kept from before have both.

import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { NDJSON_TYPE } from '../export-formats.ts';

/** What follows a cursor is some sums at most: it need not be looked for in all of a large answer. */
const END_BYTES = 64 * 1024;
/** As a key only: within a text its quotes would be escaped. */
const NEXT_CURSOR = '"next_cursor":"';
const ITEMS = '{"items":[';

/** Beside its page, what a list says of the whole: totals, counts, … */
interface List extends Record<string, unknown> {
  items: unknown[];
  has_more?: boolean;
  next_cursor?: string | null;
}

/** After the ETag, which is of the JSON. */
export function installListFormats(app: App): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!Buffer.isBuffer(payload) || request.method === 'POST' || reply.statusCode !== 200 || !isList(payload)) return void done();
    linkNext(request, reply, payload);
    if (!prefersNdjson(request)) return void done();
    reply.type(NDJSON_TYPE).removeHeader('content-length');
    done(null, ndjsonOf(JSON.parse(payload.toString('utf8')) as List));
  });
}

export function isList(json: Buffer): boolean {
  return json.toString('latin1', 0, ITEMS.length) === ITEMS;
}

function linkNext(request: FastifyRequest, reply: FastifyReply, payload: Buffer): void {
  const end = payload.subarray(-END_BYTES);
  const at = end.lastIndexOf(NEXT_CURSOR);
  if (at === -1) return;
  const from = at + NEXT_CURSOR.length;
  const url = new URL(request.url, 'http://lake');
  // A cursor goes on after its page, so what was skipped to get there is not skipped again.
  url.searchParams.delete('offset');
  url.searchParams.set('cursor', end.toString('latin1', from, end.indexOf('"', from)));
  reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
}

function ndjsonOf({ items, has_more = false, next_cursor = null, ...rest }: List): string {
  const lines = items.map((item) => `${JSON.stringify(item)}\n`).join('');
  const sha256 = createHash('sha256').update(lines).digest('hex');
  return `${lines}${JSON.stringify({ type: 'end', rows: items.length, has_more, next_cursor, ...rest, sha256 })}\n`;
}

/** Where it is named, and JSON is not named as better. */
export function prefersNdjson({ headers: { accept = '' } }: Pick<FastifyRequest, 'headers'>): boolean {
  const ndjson = weightOf(accept, NDJSON_TYPE);
  return ndjson > 0 && ndjson >= weightOf(accept, 'application/json');
}

function weightOf(accept: string, type: string): number {
  for (const range of accept.toLowerCase().split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  }
  return 0;
}
