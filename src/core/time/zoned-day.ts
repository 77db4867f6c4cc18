// Days of a time zone as moments: where a day begins differs by zone and by what its clocks do.

import { DAY_MS } from './time.ts';

const QUARTER_HOUR_MS = 900_000;
/** Zones are at most 14 hours ahead of UTC and 12 behind. */
const SEARCH_MS = 15 * 3_600_000;

/** The local date `YYYY-MM-DD` of a moment. Throws RangeError for a zone that is none. */
export function localDay(ms: number, timeZone: string): string {
  return formatterOf(timeZone).format(ms);
}

/** The first moment of a local day, also where its clocks skip midnight. Zones differ from UTC by quarter hours. */
export function startOfDay(day: string, timeZone: string): number {
  const formatter = formatterOf(timeZone);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  let [before, from] = [midnight - SEARCH_MS, midnight + SEARCH_MS];
  while (from - before > QUARTER_HOUR_MS) {
    const middle = before + Math.floor((from - before) / 2 / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
    if (formatter.format(middle) >= day) from = middle;
    else before = middle;
  }
  return from;
}

export function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/** Sweden writes dates as ISO does. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
}
