// Answers of the API that are errors (problem+json), as the errors they were inside the daemon.

import { LakeError, type ErrorCode, type ErrorOptions } from '../core/errors.ts';

const CODES = [
  'bad_request', 'invalid_parameter', 'invalid_cursor', 'unauthorized', 'forbidden', 'not_found', 'method_not_allowed', 'too_large',
  'unsupported_media_type', 'query_stopped', 'rate_limited', 'internal', 'unavailable', 'archive', 'storage',
] as const satisfies readonly ErrorCode[];

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request', 401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 405: 'method_not_allowed',
  413: 'too_large', 415: 'unsupported_media_type', 422: 'query_stopped', 429: 'rate_limited', 503: 'unavailable',
};

const TOKEN_HINT = 'Run this as the user who runs the daemon and with the same --data-dir, or pass its token in SESSIONLAKE_TOKEN.';

export function problemError(status: number, body: string): LakeError {
  const problem = parseObject(body);
  const code = CODES.find((known) => known === problem['code']) ?? BY_STATUS[status] ?? 'internal';
  const detail = textOf(problem['detail']) ?? textOf(problem['title']) ?? `The daemon answered with status ${status}.`;
  return new LakeError(code, detail, optionsOf(code, textOf(problem['hint']), textOf(problem['parameter'])));
}

/** A code and message from a stream or a socket. */
export function namedError(code: unknown, message: unknown): LakeError {
  const known = CODES.find((candidate) => candidate === code) ?? 'internal';
  return new LakeError(known, textOf(message) ?? 'The daemon reported an error.', optionsOf(known, undefined, undefined));
}

function optionsOf(code: ErrorCode, hint: string | undefined, parameter: string | undefined): ErrorOptions {
  const options: ErrorOptions = {};
  const advice = code === 'unauthorized' ? TOKEN_HINT : hint;
  if (advice !== undefined) options.hint = advice;
  if (parameter !== undefined) options.parameter = parameter;
  return options;
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The readable part of an error as documents carry it: a text, or an object with a message. */
export function messageIn(error: unknown): string {
  if (typeof error === 'string') return error;
  const { detail, message, title } = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  return textOf(detail) ?? textOf(message) ?? textOf(title) ?? JSON.stringify(error);
}
