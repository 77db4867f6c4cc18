import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDay, nextDay, startOfDay } from '../../src/core/time/zoned-day.ts';

const ZONES = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Chatham', 'Pacific/Kiritimati', 'Pacific/Niue', 'America/Sao_Paulo', 'Africa/Cairo', 'America/Havana'];

describe('the start of a day', () => {
  it('is its first moment in the zone, whatever the clocks do', () => {
    const days = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2027, 0, 1) }).map((ms) => new Date(ms).toISOString().slice(0, 10));
    fc.assert(fc.property(fc.constantFrom(...ZONES), days, (zone, day) => {
      const start = startOfDay(day, zone);
      expect(localDay(start, zone)).toBe(day);
      expect(localDay(start - 1, zone) < day).toBe(true);
      expect(start % 900_000).toBe(0);
    }));
  });

  it.each([
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    // At midnight the clocks went to 1:00.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    ['2024-04-26', 'Africa/Cairo', '2024-04-25T22:00:00.000Z'],
    ['2026-11-20', 'Asia/Kathmandu', '2026-11-19T18:15:00.000Z'],
  ])('of %s in %s is %s', (day, zone, iso) => {
    expect(new Date(startOfDay(day, zone)).toISOString()).toBe(iso);
  });

  it('is followed by the next day, over months and years', () => {
    expect(['2026-11-20', '2024-02-28', '2026-12-31'].map(nextDay)).toEqual(['2026-11-21', '2024-02-29', '2027-01-01']);
  });

  it('is a RangeError in a zone that is none', () => {
    expect(() => localDay(0, 'Middle/Earth')).toThrow(RangeError);
  });
});
