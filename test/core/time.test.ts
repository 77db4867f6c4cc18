import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundFromIso, IsoTimes, isoFromMs, isoOrNull, msFromIso } from '../../src/core/time/time.ts';

const first = Date.UTC(1970, 0, 1);
const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const moment = fc.integer({ min: first, max: last });

// Far from UTC, with half hours and with summer time: none of it may show.
const home = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'Australia/Adelaide';
});
afterAll(() => {
  if (home === undefined) delete process.env['TZ'];
  else process.env['TZ'] = home;
});

describe('an ISO time', () => {
  it('reads back as what it was written from, from 1970 to 9999', () => {
    fc.assert(
      fc.property(moment, (ms) => {
        expect(msFromIso(isoFromMs(ms))).toBe(ms);
      }),
    );
    expect(msFromIso('1970-01-01T00:00:00.000Z')).toBe(first);
    expect(msFromIso('9999-12-31T23:59:59.999Z')).toBe(last);
  });

  it('as a bound is the nearest that a log can speak of', () => {
    fc.assert(fc.property(moment, (ms) => boundFromIso(isoFromMs(ms)) === ms));
    expect(['0001-01-01', '1900-02-03T04:05:06+01:00', '1969-12-31T23:59:59.999Z'].map(boundFromIso)).toEqual([first, first, first]);
    expect(['9999-12-31T23:59:59.999-05:00', '1970-01-01'].map(boundFromIso)).toEqual([last, first]);
    expect(['', 'yesterday', '2026', '2026-13-01', '2026-01-01T25:00'].map(boundFromIso)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect(msFromIso('1900-02-03')).toBeNaN();
  });

  it('is the same when many are written, far apart or near one another', () => {
    const times = new IsoTimes();
    fc.assert(
      fc.property(moment, fc.array(fc.integer({ min: -70_000, max: 70_000 }), { maxLength: 20 }), (start, steps) => {
        for (const step of [0, ...steps]) {
          const ms = Math.min(last, Math.max(first, start + step));
          expect(times.of(ms)).toBe(isoFromMs(ms));
        }
      }),
    );
  });

  it('is UTC where it names no zone, with T or a space, with or without fractions', () => {
    fc.assert(
      fc.property(moment, fc.constantFrom('T', ' '), (ms, between) => {
        const text = isoFromMs(ms).slice(0, -1).replace('T', between);
        expect(msFromIso(text)).toBe(ms);
        expect(msFromIso(text.slice(0, -4))).toBe(Math.floor(ms / 1000) * 1000);
        expect(msFromIso(text.slice(0, 16))).toBe(Math.floor(ms / 60_000) * 60_000);
        expect(msFromIso(text.slice(0, 10))).toBe(Math.floor(ms / 86_400_000) * 86_400_000);
      }),
    );
  });

  it.each([
    ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20T10:00:00-0530', '2026-11-20T15:30:00.000Z'],
    ['2026-11-20T10:00:00z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20 10:00:00.5+00:00', '2026-11-20T10:00:00.500Z'],
    ['2026-11-20T10:00:00.123456789Z', '2026-11-20T10:00:00.123Z'],
    ['2026-11-20T24:00:00Z', '2026-11-21T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(isoOrNull(msFromIso(text))).toBe(iso);
  });

  it.each([
    '', 'yesterday', '20 November 2026', '11/20/2026', '2026', '2026-11', '2026-11-20 noon', '2026-11-20T10', '2026-11-20T25:00:00Z', '2026-11-20T10:61:00Z', '2026-13-01', '2026-11-32',
    '2026-11-20T10:00:00 PST', '2026-11-20T10:00:00+99:99', '1969-12-31T23:59:59.999Z', '10000-01-01T00:00:00Z', '+010000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '0000-01-01', '1700000000',
    ' 2026-11-20',
  ])('%j is no time', (text) => {
    expect(msFromIso(text)).toBeNaN();
  });

  it('is a number within its years or none, whatever the text, and no text throws', () => {
    const near = fc.array(fc.constantFrom('2026', '-', '11', '20', 'T', ' ', '10', ':', '.', '5', 'Z', '+', '02', 'é', '\u0000', 'GMT'), { maxLength: 14 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
        const ms = msFromIso(text);
        expect(Number.isNaN(ms) || (ms >= first && ms <= last)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

it('no time is null outside', () => {
  expect([null, undefined, Number.NaN].map(isoOrNull)).toEqual([null, null, null]);
  expect(isoOrNull(0)).toBe('1970-01-01T00:00:00.000Z');
});
