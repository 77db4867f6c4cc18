// The kinds of values a setting can have: what is accepted, in words, and how text or JSON becomes
// the value. A wrong value is an answer (`problem` and `remedy`), not an exception: only the caller
// knows where it came from.

import { expandPath, type Place } from './setting-place.ts';

export type Parsed<T> = { value: T } | { problem: string; remedy: string };

export interface Kind<T> {
  /** What stands for the value in help: `--port NUMBER`. */
  placeholder: string;
  /** What is accepted, for help and documentation. */
  accepts: string;
  parse(raw: unknown, place: Place): Parsed<T>;
}

interface Bounds {
  min: number;
  max: number;
  /** What 0 means, where 0 stands beside the bounds. */
  zero?: string;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1, b: 1,
  k: 1024, kib: 1024, kb: 1e3,
  m: 1024 ** 2, mib: 1024 ** 2, mb: 1e6,
  g: 1024 ** 3, gib: 1024 ** 3, gb: 1e9,
  t: 1024 ** 4, tib: 1024 ** 4, tb: 1e12,
};

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

export function numberKind(bounds: Bounds & { whole: boolean }): Kind<number> {
  const noun = bounds.whole ? 'a whole number' : 'a number';
  const accepts = `${noun} ${range(bounds, String)}`;
  return {
    placeholder: 'NUMBER',
    accepts,
    parse: (raw) => {
      const value = typeof raw === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)$/.test(raw.trim()) ? Number(raw) : raw;
      if (typeof value !== 'number' || !Number.isFinite(value) || (bounds.whole && !Number.isSafeInteger(value))) {
        return { problem: `is not ${noun}`, remedy: `Give ${accepts}.` };
      }
      return within(value, bounds, accepts);
    },
  };
}

export function bytesKind(bounds: Bounds): Kind<number> {
  const accepts = `bytes, as a number or as 64MiB or 10MB, ${range(bounds, bytesText)}`;
  return {
    placeholder: 'BYTES',
    accepts,
    parse: (raw) => {
      const match = /^(\d+(?:\.\d+)?) *([a-z]{0,3})$/i.exec(typeof raw === 'number' ? String(raw) : typeof raw === 'string' ? raw.trim() : '');
      const unit = UNITS[match?.[2]?.toLowerCase() ?? ''];
      const value = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
      if (!Number.isSafeInteger(value)) return { problem: 'is not a number of bytes', remedy: `Give ${accepts}.` };
      return within(value, bounds, accepts);
    },
  };
}

export const booleanKind: Kind<boolean> = {
  placeholder: '',
  accepts: 'true or false',
  parse: (raw) => {
    if (typeof raw === 'boolean') return { value: raw };
    const word = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
    if (TRUE.has(word)) return { value: true };
    if (FALSE.has(word)) return { value: false };
    return { problem: 'is neither true nor false', remedy: 'Give true or false.' };
  },
};

export function choiceKind<const T extends string>(values: readonly T[]): Kind<T> {
  const accepts = `one of ${values.join(', ')}`;
  return {
    placeholder: 'NAME',
    accepts,
    parse: (raw) => {
      const value = values.find((name) => name === raw);
      return value === undefined ? { problem: 'is not known', remedy: `Give ${accepts}.` } : { value };
    },
  };
}

export const pathKind: Kind<string> = {
  placeholder: 'PATH',
  accepts: 'a path',
  parse: (raw, place) => {
    if (typeof raw !== 'string' || raw.trim() === '' || raw.includes('\0')) return { problem: 'is not a path', remedy: 'Give a path.' };
    return { value: expandPath(raw, place) };
  },
};

export const hostKind: Kind<string> = {
  placeholder: 'HOST',
  accepts: 'a host name or address without scheme and port',
  parse: (raw) => {
    const value = typeof raw === 'string' ? raw.trim().replace(/^\[(.*)\]$/, '$1') : '';
    if (/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(value) || /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%\w+)?$/.test(value)) return { value };
    return { problem: 'is not a host', remedy: 'Give a host name or address without scheme and port, e.g. 127.0.0.1; the port is --port.' };
  },
};

export const tokenKind: Kind<string> = {
  placeholder: 'TOKEN',
  accepts: '1 to 512 visible ASCII characters',
  parse: (raw) => {
    if (typeof raw === 'string' && /^[\x21-\x7e]{1,512}$/.test(raw)) return { value: raw };
    return { problem: 'is not a token', remedy: 'Give 1 to 512 visible ASCII characters without spaces.' };
  },
};

/** Where a value lies in a JSON line. The value is always a JSON pointer: `time` becomes `/time`. */
export const pointerKind: Kind<string> = {
  placeholder: 'POINTER',
  accepts: 'a JSON pointer such as /message/id, or the name of a key of the line',
  parse: (raw) => {
    if (typeof raw !== 'string' || raw === '') return { problem: 'is not a JSON pointer', remedy: 'Give a JSON pointer such as /message/id, or the name of a key.' };
    if (!raw.startsWith('/')) return { value: `/${raw.replaceAll('~', '~0').replaceAll('/', '~1')}` };
    if (/~(?![01])/.test(raw)) return { problem: 'is not a JSON pointer', remedy: 'In a JSON pointer, write ~ as ~0 and / inside a key as ~1.' };
    return { value: raw };
  },
};

function within(value: number, bounds: Bounds, accepts: string): Parsed<number> {
  if (value === 0 && bounds.zero !== undefined) return { value };
  if (value < bounds.min || value > bounds.max) return { problem: 'is out of range', remedy: `Give ${accepts}.` };
  return { value };
}

function range(bounds: Bounds, text: (value: number) => string): string {
  const span = `from ${text(bounds.min)} to ${text(bounds.max)}`;
  return bounds.zero === undefined ? span : `${span}, or 0 for ${bounds.zero}`;
}

/** The shortest exact form: 67108864 is 64MiB, 1000 is 1000. */
export function bytesText(bytes: number): string {
  for (const [unit, factor] of [['TiB', 1024 ** 4], ['GiB', 1024 ** 3], ['MiB', 1024 ** 2], ['KiB', 1024]] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}
