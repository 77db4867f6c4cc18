// The local date and hour of moments in a time zone, each found once: asking the system's zones takes a
// thousand times longer than looking it up.

const MOMENTS_MAX = 200_000;

export class ZonedClock {
  private readonly format: ((ms: number) => string) | null;
  private readonly known = new Map<number, string>();

  /** Throws RangeError for a zone that is none. */
  constructor(timeZone: string) {
    if (timeZone === 'UTC') {
      this.format = null;
      return;
    }
    // Sweden writes dates as ISO does.
    const formatter = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', hourCycle: 'h23' });
    this.format = (ms) => formatter.format(ms).replace(' ', 'T').slice(0, 13);
  }

  /** `2026-11-02T08`. */
  hour(ms: number): string {
    if (this.format === null) return new Date(ms).toISOString().slice(0, 13);
    const known = this.known.get(ms);
    if (known !== undefined) return known;
    if (this.known.size >= MOMENTS_MAX) this.known.clear();
    const hour = this.format(ms);
    this.known.set(ms, hour);
    return hour;
  }

  day(ms: number): string {
    return this.hour(ms).slice(0, 10);
  }

  month(ms: number): string {
    return this.hour(ms).slice(0, 7);
  }

  /** The Monday of the week. */
  week(ms: number): string {
    const day = Date.parse(`${this.day(ms)}T00:00:00Z`);
    return new Date(day - ((new Date(day).getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10);
  }
}
