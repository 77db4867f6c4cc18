import { describe, expect, it } from 'vitest';
import { EXIT, LakeError, messageOf, systemCode } from '../../src/core/errors.ts';
import type { ErrorCode } from '../../src/core/errors.ts';

/** The whole table, so that a change of a status or an exit code is seen: programs rely on them. */
const TABLE: Record<ErrorCode, [status: number, exit: number]> = {
  bad_request: [400, 2],
  invalid_parameter: [400, 2],
  invalid_cursor: [400, 2],
  unauthorized: [401, 1],
  forbidden: [403, 1],
  not_found: [404, 4],
  method_not_allowed: [405, 2],
  too_large: [413, 1],
  unsupported: [415, 1],
  unsupported_media_type: [415, 1],
  query_stopped: [422, 1],
  rate_limited: [429, 1],
  interrupted: [503, 1],
  internal: [500, 1],
  unavailable: [503, 1],
  usage: [400, 2],
  config: [500, 2],
  already_running: [500, 1],
  port_in_use: [500, 1],
  newer_database: [500, 1],
  unreachable: [503, 3],
  archive: [500, 1],
  storage: [500, 1],
};

describe('an error', () => {
  it.each(Object.entries(TABLE))('%s has its HTTP status and exit code', (code, [status, exit]) => {
    const error = new LakeError(code as ErrorCode, 'what was wrong');
    expect([error.status, error.exitCode]).toEqual([status, exit]);
    expect(error.title).toMatch(/^[A-Z].*[^.]$/);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('LakeError');
  });

  it('carries what to do, which parameter and why', () => {
    const cause = new Error('beneath');
    expect(new LakeError('storage', 'm', { hint: 'h', parameter: 'p', cause })).toMatchObject({ message: 'm', hint: 'h', parameter: 'p', cause });
    expect('cause' in new LakeError('storage', 'm')).toBe(false);
  });

  it('has exit codes 0 to 4', () => {
    expect(EXIT).toEqual({ ok: 0, failed: 1, usage: 2, unreachable: 3, notFound: 4 });
  });
});

describe('anything thrown', () => {
  it.each([[new Error('x'), 'x'], ['text', 'text'], [null, 'null'], [undefined, 'undefined'], [42, '42']])('%j has a message', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });

  it('has a system code or none', () => {
    expect(systemCode(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
    expect([new Error('x'), { code: 7 }, null, 'ENOENT', undefined].map(systemCode)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});
