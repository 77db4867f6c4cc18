// Times: milliseconds since the epoch inside, ISO 8601 UTC with milliseconds and Z outside.

/** The years an agent's log can plausibly speak of; anything else is shown but reads as no time. */
const MIN_MS = Date.UTC(1970, 0, 1);
const MAX_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export function isoFromMs(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined || Number.isNaN(ms) ? null : isoFromMs(ms);
}

/** An ISO 8601 date or date-time as milliseconds; without a zone it is read as UTC. NaN where it is neither. */
export function msFromIso(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return Number.NaN;
  const zoned = /(?:[zZ]|[+-]\d{2}:?\d{2})$/.test(text.slice(10)) || text.length === 10;
  const ms = Date.parse(zoned ? text : `${text}Z`);
  return plausibleMs(ms);
}

/** NaN for what no log can mean: before 1970, after 9999, or no number at all. */
export function plausibleMs(ms: number): number {
  return ms >= MIN_MS && ms <= MAX_MS ? ms : Number.NaN;
}
