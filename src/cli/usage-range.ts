// The time that `usage` looks at: days of the user's time zone, as `2026-11-20` or `20261120`, or what
// other commands take.

import { InvalidArgumentError } from 'commander';
import { messageOf } from '../core/errors.ts';
import { localDay, nextDay, startOfDay } from '../core/time/zoned-day.ts';
import { isoFromMs } from '../core/time/time.ts';
import { timeValue } from './option-values.ts';

/** ISO bounds of a question; `until` given as a day includes it. */
export interface UsageRange {
  since?: string;
  until?: string;
}

/** Throws InvalidArgumentError. */
export function usageRange(since: string | undefined, until: string | undefined, timeZone: string, nowMs: number): UsageRange {
  const from = since === undefined ? undefined : optionOf('--since', since, (text) => boundOf(text, timeZone, nowMs, false));
  const to = until === undefined ? undefined : optionOf('--until', until, (text) => boundOf(text, timeZone, nowMs, true));
  return { ...(from === undefined ? {} : { since: from }), ...(to === undefined ? {} : { until: to }) };
}

/** Throws InvalidArgumentError where it is no IANA name. */
export function timeZoneValue(name: string): string {
  try {
    localDay(0, name);
    return name;
  } catch {
    throw new InvalidArgumentError('Give an IANA name of a time zone, e.g. Europe/Berlin.');
  }
}

export function systemTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** As Commander names an option that it reads itself. */
function optionOf(name: string, text: string, read: (text: string) => string): string {
  try {
    return read(text);
  } catch (error) {
    throw new InvalidArgumentError(`option '${name} <TIME>' argument '${text}' is invalid. ${messageOf(error)}`);
  }
}

function boundOf(text: string, timeZone: string, nowMs: number, whole: boolean): string {
  const [, year, month, date] = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text) ?? [];
  if (year === undefined) return timeValue(nowMs)(text);
  const day = `${year}-${month}-${date}`;
  if (Number.isNaN(Date.parse(`${day}T00:00:00Z`)) || !new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)) throw new InvalidArgumentError(`There is no day ${day}.`);
  return isoFromMs(startOfDay(whole ? nextDay(day) : day, timeZone));
}
