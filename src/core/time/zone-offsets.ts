// How far a time zone's clocks are ahead of UTC, for many moments. Clocks change on few days, so most are
// answered by the two ends of their day.

import { DAY_MS } from './time.ts';

export class ZoneOffsets {
  /** Null for UTC: to make one takes a hundred microseconds. */
  private readonly formatter: Intl.DateTimeFormat | null;
  /** At the beginning of each UTC day that was asked for. */
  private readonly days = new Map<number, number>();

  /** Throws RangeError for a zone that is none. */
  constructor(timeZone: string) {
    this.formatter = timeZone === 'UTC' ? null : new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  }

  /** Milliseconds to add to a moment to get what the clocks show then, as if that were UTC. */
  at(ms: number): number {
    const { formatter } = this;
    if (formatter === null) return 0;
    const day = Math.floor(ms / DAY_MS);
    const offset = this.ofDay(formatter, day);
    return offset === this.ofDay(formatter, day + 1) ? offset : exact(formatter, ms);
  }

  /** The first moment at which the clocks show this; where they skip it, the moment from which on they show more. */
  firstAt(wallMs: number): number {
    const [before, after] = [this.at(wallMs - DAY_MS), this.at(wallMs + DAY_MS)];
    for (const offset of [Math.max(before, after), Math.min(before, after)]) {
      if (this.at(wallMs - offset) === offset) return wallMs - offset;
    }
    return this.changeBetween(wallMs - Math.max(before, after), wallMs - Math.min(before, after));
  }

  /** The first moment after `from`, up to `to`, at which the clocks show what they show at `to`; they change once between. */
  changeBetween(from: number, to: number): number {
    const offset = this.at(to);
    let [old, changed] = [from, to];
    while (changed - old > 1) {
      const middle = Math.floor((old + changed) / 2);
      if (this.at(middle) === offset) changed = middle;
      else old = middle;
    }
    return changed;
  }

  private ofDay(formatter: Intl.DateTimeFormat, day: number): number {
    let offset = this.days.get(day);
    if (offset === undefined) this.days.set(day, (offset = exact(formatter, day * DAY_MS)));
    return offset;
  }
}

function exact(formatter: Intl.DateTimeFormat, ms: number): number {
  const name = formatter.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?/.exec(name) ?? [];
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -offset : offset;
}
