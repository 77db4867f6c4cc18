// Times: milliseconds since the epoch inside, ISO 8601 UTC with milliseconds and Z outside.

export const DAY_MS = 86_400_000;

/** The years an agent's log can plausibly speak of; anything else is shown but reads as no time. */
const MIN_MS = Date.UTC(1970, 0, 1);
const MAX_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export function isoFromMs(ms: number): string {
  return new Date(ms).toISOString();
}

const MINUTE_MS = 60_000;
const SECONDS = Array.from({ length: 60 }, (_, second) => String(second).padStart(2, '0'));

/** `isoFromMs` for many times that are mostly of the same minute as the one before. */
export class IsoTimes {
  private minute = Number.NaN;
  /** Up to the seconds. */
  private head = '';

  of(ms: number): string {
    const minute = Math.floor(ms / MINUTE_MS);
    if (minute !== this.minute) {
      this.minute = minute;
      this.head = isoFromMs(minute * MINUTE_MS).slice(0, -'00.000Z'.length);
    }
    const rest = ms - minute * MINUTE_MS;
    const millis = rest % 1000;
    return `${this.head}${SECONDS[(rest - millis) / 1000]}.${millis < 10 ? '00' : millis < 100 ? '0' : ''}${millis}Z`;
  }
}

export function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined || Number.isNaN(ms) ? null : isoFromMs(ms);
}

/** As times are stored: -1 is none. */
export function isoOfStored(ms: number): string | null {
  return ms === -1 ? null : isoFromMs(ms);
}

/** An ISO 8601 date or date-time as milliseconds; without a zone it is read as UTC. NaN where it is neither. */
export function msFromIso(text: string): number {
  return plausibleMs(parsedMs(text));
}

/** As a bound of time: one that lies before all times that logs can mean is the first of them, one after is the last. */
export function boundFromIso(text: string): number {
  const ms = parsedMs(text);
  return Number.isNaN(ms) ? ms : Math.min(Math.max(ms, MIN_MS), MAX_MS);
}

function parsedMs(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return Number.NaN;
  const zoned = /(?:[zZ]|[+-]\d{2}:?\d{2})$/.test(text.slice(10)) || text.length === 10;
  return Date.parse(zoned ? text : `${text}Z`);
}

/** NaN for what no log can mean: before 1970, after 9999, or no number at all. */
export function plausibleMs(ms: number): number {
  return ms >= MIN_MS && ms <= MAX_MS ? ms : Number.NaN;
}
