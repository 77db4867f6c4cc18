// Numbers, sizes and times as people read them.

import type { Usage } from '../core/answers/record.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 1234567 is 1,234,567. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** 1234567 is 1.2M. */
export function tokens(value: number): string {
  return scaled(value, 1000, ['', 'k', 'M', 'G', 'T']);
}

export function bytes(value: number): string {
  return scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB']);
}

/** 98.4 MB/s, in millions of bytes. */
export function rate(bytesPerSecond: number): string {
  return `${scaled(bytesPerSecond, 1000, [' B', ' kB', ' MB', ' GB'])}/s`;
}

export function cost(usd: number | null): string {
  if (usd === null) return '-';
  if (usd > 0 && usd < 0.01) return '<$0.01';
  // The rules of a language take ten milliseconds to load, which a status line has not.
  return usd < 999.995 ? `$${usd.toFixed(2)}` : `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** 90061000 ms is 1 d 1 h. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE - SECOND / 2) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return parts(ms, MINUTE, 'min', SECOND, 's');
  return ms < DAY ? parts(ms, HOUR, 'h', MINUTE, 'min') : parts(ms, DAY, 'd', HOUR, 'h');
}

/** How long ago an ISO time was: `3 min ago`, and the day once it is months back. */
export function ago(iso: string | null, nowMs: number): string {
  if (iso === null) return '-';
  const ms = nowMs - Date.parse(iso);
  if (Number.isNaN(ms)) return '-';
  if (ms < MINUTE) return ms < -MINUTE ? iso.slice(0, 10) : 'just now';
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`;
  return ms < 90 * DAY ? `${Math.floor(ms / DAY)} d ago` : iso.slice(0, 10);
}

export function totalTokens(usage: Usage): number {
  return usage.input_tokens + usage.output_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** The first 8 signs of a UUID; other ids whole, unless they are long. */
export function shortId(id: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(id)) return id.slice(0, 8);
  return id.length <= 12 ? id : `${id.slice(0, 11)}…`;
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let unit = 0;
  let rest = value;
  // 999.6 would show as 1000 of the smaller unit.
  while (rest >= step - 0.5 * Math.min(1, unit) && unit < units.length - 1) {
    rest /= step;
    unit += 1;
  }
  const digits = unit === 0 ? String(Math.round(rest)) : rest < 99.95 ? rest.toFixed(1) : String(Math.round(rest));
  return `${digits}${units[unit]}`;
}

function parts(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rounded = Math.round(ms / small) * small;
  const rest = Math.floor((rounded % large) / small);
  return `${Math.floor(rounded / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}
