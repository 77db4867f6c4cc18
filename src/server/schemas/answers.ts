// What a route may answer, for the OpenAPI document: its 200, and the problems every route shares.

import { Type, type TSchema } from 'typebox';
import { namedHeaders, type HeaderName } from './answer-headers.ts';

const PROBLEMS = {
  400: 'A parameter is not valid, unknown or given twice',
  401: 'The token is missing or wrong',
  403: 'The Host, Origin or page is not allowed',
  404: 'There is no such resource',
  413: 'The body is too large, or the answer would be',
  415: 'The body is not JSON',
  422: 'The query was stopped: it took too long or needed too much memory',
  429: 'Too many requests; `Retry-After` says when to try again',
  500: 'Something failed inside',
  503: 'Not now: too much is waiting, or the daemon is shutting down',
} as const;

type ProblemStatus = keyof typeof PROBLEMS;

const UNCHANGED = { description: 'Unchanged since the ETag in If-None-Match', type: 'null' };

const typed = (type: string, schema: TSchema) => ({ content: { [type]: { schema } } });

function problems(statuses: readonly ProblemStatus[]) {
  return Object.fromEntries(statuses.map((status) => [
    status, { description: PROBLEMS[status], ...typed('application/problem+json', Type.Ref('Problem')) },
  ]));
}

/** A JSON answer by the name of its schema; that of a list may also be NDJSON. `found`: the route may answer 404; `items`: it is a list without pages. */
export function jsonAnswer(schema: string, description: string, { found = false, items = false } = {}): Record<string, unknown> {
  return {
    200: schema.endsWith('Page') || items ? listAnswer(schema, description) : { description, ...typed('application/json', Type.Ref(schema)) },
    304: UNCHANGED,
    ...problems(found ? [400, 401, 403, 404, 413, 429, 500, 503] : [400, 401, 403, 413, 429, 500, 503]),
  };
}

function listAnswer(schema: string, description: string): Record<string, unknown> {
  return {
    description,
    headers: namedHeaders('Link'),
    content: {
      'application/json': { schema: Type.Ref(schema) },
      'application/x-ndjson': { schema: Type.String({ description: 'An item a line; the last line has type end, rows, has_more, next_cursor, what else the list says, and the sha256 of the lines before it' }) },
    },
  };
}

/** A JSON answer to a request that is no GET: it has no tag. */
export function plainAnswer(schema: string, description: string): Record<string, unknown> {
  return { 200: { description, ...typed('application/json', Type.Ref(schema)) }, ...problems([400, 401, 403, 413, 415, 429, 500, 503]) };
}

/** A 202 with what was accepted. */
export function acceptedAnswer(schema: string, description: string, statuses: readonly ProblemStatus[], headers: readonly HeaderName[] = []): Record<string, unknown> {
  return { 202: { description, headers: namedHeaders(...headers), ...typed('application/json', Type.Ref(schema)) }, ...problems(statuses) };
}

/** A streamed answer: for each media type, what it holds. `headers`: beside those of every stream. */
export function streamAnswer(description: string, types: Record<string, TSchema>, headers: readonly HeaderName[] = []): Record<string, unknown> {
  return {
    200: {
      description,
      headers: namedHeaders('X-Lake-Top', 'X-Lake-Epoch', ...headers),
      content: Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }])),
    },
    ...problems([400, 401, 403, 404, 429, 500, 503]),
  };
}

export function textAnswer(description: string): Record<string, unknown> {
  return { 200: { description, ...typed('text/plain', Type.String()) }, 304: UNCHANGED, ...problems([400, 401, 403, 429, 500, 503]) };
}

/** Rows in either form. */
export function rowsAnswer(schema: string, description: string): Record<string, unknown> {
  return {
    200: {
      description,
      content: {
        'application/json': { schema: Type.Ref(schema) },
        'application/x-ndjson': { schema: Type.String({ description: 'A row a line, as an object; the last line has type end, rows, columns, truncated and the sha256 of the lines before it' }) },
      },
    },
    ...problems([400, 401, 403, 413, 415, 422, 429, 500, 503]),
  };
}

/** For the few answers that a route words itself. */
export function otherAnswer(status: number, schema: string, description: string): Record<string, unknown> {
  return { [status]: { description, ...typed('application/json', Type.Ref(schema)) } };
}
