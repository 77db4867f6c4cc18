// Logs of the agents beside Claude Code, for properties: the lines of their goldens, with a field or two
// replaced by what does not belong there, in any order.

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Place } from './scanned.ts';

type Value = Record<string, unknown>;

/** Where each source's main threads and subagents lie. */
export const AGENT_PLACES = {
  codex: [
    { source: 'codex', root: '/home/ada/.codex/sessions', path: '2026/10/01/rollout-2026-10-01T08-00-00-019f0000-0000-7000-8000-0000000000ff.jsonl' },
    { source: 'codex', root: '/home/ada/.codex', path: 'archived_sessions/rollout-2026-10-01T08-00-00-019f0000-0000-7000-8000-0000000000ff.jsonl' },
  ],
  copilot: [
    { source: 'copilot', root: '/home/ada/.copilot/session-state', path: 'c0910000-0000-4000-8000-0000000000ff/events.jsonl' },
    { source: 'copilot', root: '/home/ada/.copilot/session-state', path: 'c0910000-0000-4000-8000-0000000000ff.jsonl' },
  ],
  pi: [
    { source: 'pi', root: '/home/ada/.pi/agent/sessions', path: '--home-ada-engine--/2026-10-05T08-00-00-000Z_91000000-0000-4000-8000-0000000000ff.jsonl' },
    { source: 'pi', root: '/home/ada/.omp/agent/sessions', path: '--home-ada-engine--/2026-10-05T08-00-00-000Z_91000000-0000-4000-8000-0000000000ff/Counter.jsonl' },
  ],
} as const satisfies Record<string, readonly Place[]>;

export type AgentSource = keyof typeof AGENT_PLACES;
export const AGENT_SOURCES = Object.keys(AGENT_PLACES) as AgentSource[];

/** The parsed lines of a source's goldens. */
export function goldenValues(source: AgentSource): Value[] {
  const folder = fileURLToPath(new URL(`../goldens/${source}`, import.meta.url));
  const logs = readdirSync(folder).filter((name) => name.endsWith('.jsonl')).map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
  return logs.flatMap((log) => log.split('\n').flatMap(parsed));
}

function parsed(line: string): Value[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value as Value] : [];
  } catch {
    return [];
  }
}

const strange = fc.constantFrom<unknown>(null, 7, -1, 1e300, 1.5, '', 'a text', '\ud83d', [], {}, [null], ['text'], { text: 'x' }, [{ text: 'x' }], true, '2026-10-01', 'assistant', 'task', 'spawn_agent');

interface Change {
  /** Chooses a key at each depth. */
  way: number[];
  to: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({ way: fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), to: strange });

/** The value with one field, somewhere on the way down, replaced. */
function changed(value: unknown, { way, to }: Change): unknown {
  const [turn, ...further] = way;
  if (turn === undefined || typeof value !== 'object' || value === null) return to;
  const keys = Object.keys(value);
  const key = keys[turn % Math.max(1, keys.length)];
  if (key === undefined) return to;
  const member = changed((value as Value)[key], { way: further, to });
  return Array.isArray(value) ? value.map((old, i) => (String(i) === key ? member : old)) : { ...value, [key]: member };
}

/** A line that looks like the source's, or like one in which something is wrong. */
export function anyAgentValue(source: AgentSource): fc.Arbitrary<unknown> {
  const golden = fc.constantFrom(...goldenValues(source));
  return fc.oneof(golden, fc.tuple(golden, fc.array(change, { minLength: 1, maxLength: 3 })).map(([value, changes]) => changes.reduce<unknown>(changed, value)));
}
