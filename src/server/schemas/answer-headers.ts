// What goes with the content of an answer, for the OpenAPI document: the headers that each operation sends, and the
// refusals that any request may meet before it is an operation's. Headers are told once, under components, and
// referred to; refusals stand where they are answered, for programs that look for a status and follow no reference.

interface Header {
  description: string;
  type?: 'string' | 'integer';
  /** Absent in some answers that may have it. */
  optional?: true;
}

const HEADERS = {
  'Cache-Control': { description: '`private, no-cache` on what has an ETag: it may be kept, and is asked about each time; else `no-store`' },
  Vary: { description: 'The headers of the request that the form of the answer depends on', optional: true },
  ETag: { description: 'A hash of the answer, for If-None-Match: it changes exactly when the answer does' },
  'X-Cache': { description: '`HIT`: the answer was kept from before, or made for another who asked the same; else `MISS`' },
  Link: { description: 'The next page, rel="next"; absent on the last one', optional: true },
  Location: { description: 'Where to ask how it stands' },
  'X-Lake-Top': { description: 'The lake offset that pins the snapshot; pass as `upto` to go on in it' },
  'X-Lake-Epoch': { description: 'The epoch its offsets belong to' },
  'Content-Disposition': { description: 'A file name to keep it under' },
  Trailer: { description: 'The trailers that say whether the stream is whole, of those formats that have them: X-Rows, X-Sha256', optional: true },
  'WWW-Authenticate': { description: 'How the token is brought' },
  Allow: { description: 'The methods that are possible' },
  'Retry-After': { description: 'Seconds', type: 'integer' },
  'X-RateLimit-Limit': { description: 'Requests a minute; absent where the setting rate-limit is 0, as are the other two', type: 'integer', optional: true },
  'X-RateLimit-Remaining': { description: 'How many of them are left', type: 'integer', optional: true },
  'X-RateLimit-Reset': { description: 'Seconds until all of them are there again', type: 'integer', optional: true },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof HEADERS;

const ALWAYS = ['Cache-Control', 'Vary'] as const;
const LIMITED = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'] as const;

/** Refused before requests are counted. */
const UNCOUNTED: ReadonlySet<string> = new Set(['403']);

const OF_STATUS: Readonly<Record<string, readonly HeaderName[]>> = { 401: ['WWW-Authenticate'], 405: ['Allow'], 429: ['Retry-After'] };

/** Answered by the connection itself, without headers of ours. */
const UNREAD = { 408: 'The request took too long to arrive', 431: 'The headers of the request are too large' } as const;
const OTHER_METHOD = 'The path is asked with a method that is not one of its operations';

const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

type References = Record<string, { $ref: string }>;

export interface DocumentedAnswer {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, unknown>;
}

export interface OpenapiLike {
  paths?: Record<string, Record<string, { responses?: Record<string, DocumentedAnswer> }>>;
  components?: Record<string, unknown>;
}

/** The document with the headers of its answers, and the refusals that all operations share. Changes it. */
export function tellHeaders(document: OpenapiLike): void {
  for (const operation of Object.values(document.paths ?? {}).flatMap((path) => Object.values(path))) {
    const answers = operation.responses;
    if (answers === undefined) continue;
    const isTagged = answers['304'] !== undefined;
    const told = { ...answers, 405: problem(OTHER_METHOD), ...Object.fromEntries(Object.entries(UNREAD).map(([status, text]) => [status, problem(text)])) };
    operation.responses = Object.fromEntries(Object.entries(told).map(([status, answer]) => [status, { ...answer, headers: headersOf(status, answer, isTagged) }]));
  }
  document.components = { ...document.components, headers: Object.fromEntries(Object.entries(HEADERS).map(([name, header]) => [name, described(header)])) };
}

function headersOf(status: string, answer: DocumentedAnswer, isTagged: boolean): References {
  if (status in UNREAD) return {};
  const own = Object.keys(answer.headers ?? {}) as HeaderName[];
  const tags: HeaderName[] = isTagged && (status === '200' || status === '304') ? ['ETag', 'X-Cache'] : [];
  const names = [...ALWAYS, ...tags, ...own, ...(OF_STATUS[status] ?? []), ...(UNCOUNTED.has(status) ? [] : LIMITED)];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function problem(description: string): DocumentedAnswer {
  return { description, content: PROBLEM_CONTENT };
}

function described({ description, type = 'string', optional }: Header): object {
  return { description, required: optional !== true, schema: { type } };
}

/** The headers of a route's own answer, by name: what they say is told once. */
export function namedHeaders(...names: HeaderName[]): Record<string, { type: 'string' }> {
  return Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
}
