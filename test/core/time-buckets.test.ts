import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketStart, bucketWidth } from '../../src/core/time/time-buckets.ts';
import type { BucketWidth } from '../../src/core/time/time-buckets.ts';
import { ZoneOffsets } from '../../src/core/time/zone-offsets.ts';

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Africa/Casablanca', 'Pacific/Apia', 'Asia/Beirut'];
const FROM = Date.UTC(1995, 0, 1);
const TO = Date.UTC(2037, 0, 1);

/** The wall clock by the engine's own calendar. */
function wallOf(ms: number, timeZone: string): { date: string; time: string; weekday: string } {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', weekday: 'short' });
  const parts = new Map(format.formatToParts(ms).map((part) => [part.type, part.value]));
  const of = (...types: string[]): string => types.map((type) => parts.get(type as Intl.DateTimeFormatPartTypes)).join('-');
  return { date: of('year', 'month', 'day'), time: of('hour', 'minute', 'second'), weekday: of('weekday') };
}

function width(name: string): BucketWidth {
  const found = bucketWidth(name);
  if (found === null) throw new Error(name);
  return found;
}

const moments = fc.record({ zone: fc.constantFrom(...ZONES), ms: fc.integer({ min: FROM, max: TO }) });

describe('a bucket', () => {
  it.each(['day', 'month'])('of a %s begins with it, by the clocks of the zone', (name) => {
    const label = (ms: number, zone: string): string => wallOf(ms, zone).date.slice(0, name === 'day' ? 10 : 7);
    fc.assert(fc.property(moments, ({ zone, ms }) => {
      const start = bucketStart(width(name), new ZoneOffsets(zone), ms);
      expect(start).toBeLessThanOrEqual(ms);
      expect(label(start, zone)).toBe(label(ms, zone));
      // Where clocks go back over midnight a day begins twice; it is told by its first beginning.
      if (label(start - 1, zone) === label(ms, zone)) expect(label(start - 86_400_000, zone)).not.toBe(label(ms, zone));
    }), { numRuns: 400 });
  });

  it('of a week begins on Monday', () => {
    fc.assert(fc.property(moments, ({ zone, ms }) => {
      const offsets = new ZoneOffsets(zone);
      const start = bucketStart(width('week'), offsets, ms);
      expect(wallOf(start, zone).weekday).toBe('Mon');
      expect(ms - start).toBeGreaterThanOrEqual(0);
      expect(ms - start).toBeLessThan(7 * 86_400_000 + 2 * 3_600_000 + 86_400_000);
      expect(bucketStart(width('day'), offsets, start)).toBe(start);
    }), { numRuns: 300 });
  });

  it('of an hour or less holds a moment within its width, from where the clocks show a multiple of it', () => {
    fc.assert(fc.property(moments, fc.constantFrom('hour', '15m', '5m', '1m', '30s'), ({ zone, ms }, name) => {
      const { ms: length } = width(name);
      const start = bucketStart(width(name), new ZoneOffsets(zone), ms);
      expect(ms - start).toBeGreaterThanOrEqual(0);
      expect(ms - start).toBeLessThan(length as number);
      const [, minutes = '0', seconds = '0'] = wallOf(start, zone).time.split('-');
      // Where clocks change by half an hour, the hour of the change began by other clocks.
      if (zone !== 'Australia/Lord_Howe') expect((Number(minutes) * 60_000 + Number(seconds) * 1000) % (length as number)).toBe(0);
    }), { numRuns: 400 });
  });

  it('is the same for all moments up to the next', () => {
    fc.assert(fc.property(moments, fc.constantFrom('hour', 'day', 'week', 'month', '6h', '2d', '10m'), fc.integer({ min: 0, max: 86_400_000 }), ({ zone, ms }, name, more) => {
      const offsets = new ZoneOffsets(zone);
      const [first, later] = [bucketStart(width(name), offsets, ms), bucketStart(width(name), offsets, ms + more)];
      // The odd zones aside whose clocks once went back over midnight.
      if (zone === 'America/St_Johns' || zone === 'Australia/Lord_Howe') return;
      expect(later).toBeGreaterThanOrEqual(first);
      if (later !== first) expect(later).toBeGreaterThan(ms);
    }), { numRuns: 600 });
  });

  it.each([
    ['Europe/Berlin', Date.UTC(2016, 2, 27, 1)], ['Europe/Berlin', Date.UTC(2025, 9, 26, 1)], ['Asia/Beirut', Date.UTC(2026, 2, 28, 22)],
    ['Antarctica/Troll', Date.UTC(2016, 2, 27, 1)], ['Australia/Lord_Howe', Date.UTC(2025, 9, 4, 15, 30)],
  ])('in %s holds what is before the next, also where the clocks change in it', (zone, change) => {
    const offsets = new ZoneOffsets(zone);
    for (const name of ['7m', '45m', 'hour', '90m', '2h', '5h', 'day']) {
      let last = Number.NEGATIVE_INFINITY;
      for (let ms = change - 4 * 3_600_000; ms < change + 4 * 3_600_000; ms += 180_000) {
        const start = bucketStart(width(name), offsets, ms);
        expect([name, bucketStart(width(name), offsets, start)]).toEqual([name, start]);
        expect(start).toBeLessThanOrEqual(ms);
        expect(start).toBeGreaterThanOrEqual(last);
        last = start;
      }
    }
  });

  it('of the hour that clocks show twice is two, and its day has 25', () => {
    const offsets = new ZoneOffsets('Europe/Berlin');
    const hours = Array.from({ length: 30 }, (_, n) => Date.UTC(2026, 9, 24, 22) + n * 3_600_000);
    expect(new Set(hours.map((ms) => bucketStart(width('hour'), offsets, ms))).size).toBe(30);
    expect(hours.filter((ms) => bucketStart(width('day'), offsets, ms) === hours[0])).toHaveLength(25);
  });

  it('has a width of a named unit or a duration', () => {
    for (const name of ['', 'years', '0m', '5', 'm', '-5m', '5 m', '1.5h', '100000m', 'Day', '5w']) expect([name, bucketWidth(name)]).toEqual([name, null]);
    expect(bucketWidth('90m')).toEqual({ name: '90m', ms: 5_400_000 });
    expect(bucketWidth('month')).toEqual({ name: 'month', ms: null });
  });
});
