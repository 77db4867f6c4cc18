// From the parameters of a request to the filters and ranges of core: times, offsets, threads, types.

import { boundFromIso, isoOrNull } from '../core/time/time.ts';
import type { PageRequest, SessionFilter } from '../core/answers/questions.ts';
import type { ValueFilter } from '../core/answers/measures.ts';
import type { DimensionFilter, RecordFilter } from '../core/answers/record.ts';
import { invalid } from './query.ts';

interface TimeQuery {
  since?: string;
  until?: string;
}

interface SessionQuery extends TimeQuery {
  session?: string;
  project?: string;
  source?: string;
  status?: Exclude<SessionFilter['status'], undefined>;
  model?: string;
  q?: string;
}

interface RecordParameters extends TimeQuery {
  project?: string;
  source?: string;
  session?: string;
  type?: readonly string[];
  role?: string;
  tool?: readonly string[];
  agent?: string;
  model?: string;
  is_error?: boolean;
  dimension?: string;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that are undefined. */
export function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}

export function pageRequest(query: { limit: number; cursor?: string }): PageRequest {
  return { limit: query.limit, ...present({ cursor: query.cursor }) };
}

export function sessionFilter(query: SessionQuery): SessionFilter {
  const { session, project, source, status, model, q } = query;
  return present({ session, project, source, status, model, q, ...times(query) });
}

/** Records of every thread and type, as the parameters restrict them. */
export function recordFilter(query: RecordParameters): RecordFilter {
  const { project, source, session, role, tool, model } = query;
  return present({
    project, source, session, role, model,
    types: restricting(query.type),
    tools: tool,
    agent: query.agent === '*' ? undefined : query.agent,
    isError: query.is_error,
    dimension: dimensionOf(query.dimension),
    ...times(query),
  });
}

/** The messages of one session: records with a role, of the main thread, unless asked for others. */
export function messageFilter(session: string, query: RecordParameters): RecordFilter & { session: string } {
  return {
    ...recordFilter(query),
    session,
    ...(query.type === undefined ? { withRole: true } : {}),
    ...(query.agent === undefined ? { agent: null } : {}),
  };
}

/** Throws `invalid_parameter` for a text that is no NAME=VALUE. */
function dimensionOf(text: string | undefined): DimensionFilter | undefined {
  if (text === undefined) return undefined;
  const equals = text.indexOf('=');
  if (equals < 1) throw invalid('dimension', `${JSON.stringify(text)} is no NAME=VALUE.`, { hint: 'Name a dimension that is configured, and its value.' });
  return { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** Where and when, and which records, of the questions about dimensions and measures. */
export function valueFilter(query: SessionQuery & { dimension?: string }): ValueFilter {
  const { session, project, source } = query;
  for (const name of ['status', 'model', 'q'] as const) if (query[name] !== undefined) throw invalid(name, `${name} is no filter of dimensions and measures.`, { hint: 'Use session, project, source, since, until and dimension.' });
  return present({ session, project, source, ...times(query), dimension: dimensionOf(query.dimension) });
}

function restricting(types: readonly string[] | undefined): readonly string[] | undefined {
  return types?.includes('*') === true ? undefined : types;
}

function times(query: TimeQuery): { sinceMs: number | undefined; untilMs: number | undefined } {
  return { sinceMs: timeOf('since', query.since), untilMs: timeOf('until', query.until) };
}

/** Milliseconds; undefined where there is none. Throws `invalid_parameter`. */
export function timeOf(parameter: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = boundFromIso(text);
  if (!Number.isNaN(ms) && isDay(text.slice(0, 10))) return ms;
  throw invalid(parameter, `The parameter ${parameter} is no ISO 8601 date or time.`, {
    hint: `For example ${isoOrNull(Date.UTC(2026, 0, 31)) ?? ''} or 2026-01-31. In a URL a + is written %2B.`,
  });
}

/** Parsing a time takes the 30th of February for the 2nd of March. */
function isDay(date: string): boolean {
  return new Date(Date.parse(date)).toISOString().startsWith(date);
}

/** Offsets in (after, upto] of the lake as it is now. An `upto` beyond the top means the top. */
export function lakeRange(query: { after?: string; upto?: string }, top: number): { after: number; upto: number } {
  const upto = query.upto === undefined ? top : Math.min(Number(query.upto), top);
  const after = Number(query.after ?? '0');
  if (after > top) {
    throw invalid('after', `The lake ends at offset ${top}; there is nothing after ${query.after ?? ''}.`, {
      hint: 'If the index was rebuilt, offsets began anew: compare the epoch in /api/status and start from 0.',
    });
  }
  return { after, upto };
}

/** To ask the system for a zone takes a hundred microseconds. */
const KNOWN_ZONES_MAX = 1000;
const knownZones = new Set<string>();

/** The IANA name of a time zone, as given. */
export function timezoneOf(name: string): string {
  if (knownZones.has(name)) return name;
  try {
    if (!/^[+-]/.test(name)) {
      new Intl.DateTimeFormat('en', { timeZone: name }).format(0);
      if (knownZones.size < KNOWN_ZONES_MAX) knownZones.add(name);
      return name;
    }
  } catch {
    // Intl throws a RangeError for a name it does not know.
  }
  throw invalid('timezone', `There is no time zone ${JSON.stringify(name)}.`, { hint: 'Use an IANA name such as UTC or Europe/Berlin.' });
}
