// What the contract says an answer looks like: every key there, of the right kind. Keys may be added.

import { expect } from 'vitest';

type Json = Record<string, unknown>;
export type Kind = 'text' | 'text?' | 'count' | 'number' | 'number?' | 'flag' | 'time' | 'time?' | 'offset' | 'texts' | 'usage' | 'usage?' | 'object' | 'list';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const USAGE_KEYS = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'];

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isUsage = (value: unknown): boolean => typeof value === 'object' && value !== null && USAGE_KEYS.every((key) => isCount((value as Json)[key]));

const KINDS: Record<Kind, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  'text?': (value) => value === null || typeof value === 'string',
  count: isCount,
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  'number?': (value) => value === null || (typeof value === 'number' && Number.isFinite(value)),
  flag: (value) => typeof value === 'boolean',
  time: (value) => typeof value === 'string' && TIME.test(value),
  'time?': (value) => value === null || (typeof value === 'string' && TIME.test(value)),
  offset: (value) => typeof value === 'string' && /^(0|[1-9]\d*)$/.test(value),
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  usage: isUsage,
  'usage?': (value) => value === null || isUsage(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  list: (value) => Array.isArray(value),
};

export function expectShape(value: unknown, shape: Readonly<Record<string, Kind>>): void {
  const wrong = Object.entries(shape).filter(([key, kind]) => !(key in (value as Json)) || !KINDS[kind]((value as Json)[key]));
  expect(wrong.map(([key, kind]) => `${key} is no ${kind}: ${JSON.stringify((value as Json)[key])}`)).toEqual([]);
}

export const RECORD = {
  offset: 'offset', session_id: 'text', agent_id: 'text?', source: 'text', project: 'text', file_id: 'text', line: 'count', byte_offset: 'count', byte_length: 'count', ts: 'time?', type: 'text?',
  role: 'text?', uuid: 'text?', parent_uuid: 'text?', model: 'text?', usage: 'usage?', tools: 'list', tool_results: 'list', text: 'text?',
} as const satisfies Record<string, Kind>;

export const SESSION = {
  id: 'text', source: 'text', project: 'text', cwd: 'text?', title: 'text?', status: 'text', started_at: 'time?', last_activity: 'time?', models: 'texts', message_count: 'count', tool_call_count: 'count',
  error_count: 'count', subagent_count: 'count', usage: 'usage', usage_rollup: 'usage', cost_usd: 'number?', cost_rollup_usd: 'number?', unpriced_calls: 'count', files: 'count', bytes: 'count', archived_bytes: 'count',
} as const satisfies Record<string, Kind>;

export const STATUS = {
  epoch: 'text', top: 'offset', files: 'count', bytes_total: 'count', bytes_indexed: 'count', lines: 'count', rejects: 'count', sessions: 'count', archive: 'object', caught_up: 'flag',
  watch_mode: 'text', lag_ms: 'number', problems: 'list',
} as const satisfies Record<string, Kind>;

export const PROJECT = {
  id: 'text', source: 'text', cwd: 'text?', session_count: 'count', usage: 'usage', cost_usd: 'number?', unpriced_calls: 'count', first_activity: 'time?', last_activity: 'time?',
} as const satisfies Record<string, Kind>;

export const AGENT = {
  id: 'text', session_id: 'text', parent_agent_id: 'text?', tool_use_id: 'text?', usage: 'usage', usage_rollup: 'usage', cost_usd: 'number?', cost_rollup_usd: 'number?', unpriced_calls: 'count',
} as const satisfies Record<string, Kind>;

export const FILE = { id: 'text', source: 'text', project: 'text', path: 'text', generation: 'count', offset: 'count', size: 'count', lag_bytes: 'count' } as const satisfies Record<string, Kind>;
export const REJECT = { file_id: 'text', path: 'text', line: 'count', byte_offset: 'count', byte_length: 'count', reason: 'text' } as const satisfies Record<string, Kind>;
export const PART = { id: 'text', path: 'text', source: 'text', month: 'text', rows: 'count', bytes: 'count', source_bytes: 'count', sha256: 'text', created_at: 'time' } as const satisfies Record<string, Kind>;
export const PROBLEM = { type: 'text', title: 'text', status: 'count', detail: 'text', code: 'text' } as const satisfies Record<string, Kind>;

/** A list's answer, with items of the shape. */
export function expectPage(page: Json, shape: Readonly<Record<string, Kind>>): void {
  expectShape(page, { items: 'list', has_more: 'flag', next_cursor: 'text?' });
  expect(page['has_more']).toBe(page['next_cursor'] !== null);
  for (const item of page['items'] as unknown[]) expectShape(item, shape);
}
