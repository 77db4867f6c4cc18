// Everything the lake answers about itself, to be compared between two ways of getting there.

import { GROUPINGS } from '../../../src/core/answers/grouping.ts';
import type { AggregateRequest } from '../../../src/core/answers/questions.ts';
import type { TestIndex } from './test-index.ts';

const ALL = { limit: 500 };

export async function answersOf({ lake }: TestIndex): Promise<Record<string, unknown>> {
  const sessions = (await lake.sessions({}, 'started_at', ALL)).items;
  const ids = sessions.map((session) => session.id);
  const grouped = async (request: AggregateRequest): Promise<unknown> => {
    const { items, totals } = await lake.aggregate(request);
    return { totals, items: items.map((item) => JSON.stringify(item)).toSorted() };
  };
  const aggregates = await Promise.all([null, ...GROUPINGS].map((groupBy) => grouped({ groupBy, filter: {}, timezone: 'Asia/Kolkata' })));
  // Bounds inside a quarter hour are answered from the calls, not from the sums.
  const exact = await Promise.all((['model', 'session', 'agent'] as const).map((groupBy) => grouped({ groupBy, filter: { sinceMs: 1, untilMs: Date.UTC(9999, 0, 1) + 1 }, timezone: 'UTC' })));
  return {
    top: lake.top(),
    sessions,
    projects: (await lake.projects(ALL)).items,
    trees: await Promise.all(ids.map((id) => lake.tree(id))),
    agents: await Promise.all(ids.map(async (id) => (await lake.subagents(id, ALL)).items)),
    files: (await lake.files({}, ALL)).items,
    rejects: (await lake.rejects({}, ALL)).items,
    totals: await lake.totals(),
    archive: await lake.archiveStatus(),
    filesOf: await Promise.all(ids.map(async (session) => (await lake.files({ session, state: 'present' }, { limit: 2 })).items)),
    odd: await Promise.all([{}, ...ids.map((session) => ({ session }))].map((filter) => lake.rejects({ ...filter, kept: true }, ALL))),
    aggregates,
    exact,
  };
}

const named = (column: string): string => `(SELECT value FROM strings WHERE string_ix = ${column}_ix) AS ${column}`;

/** By name: numbers of strings and agents are given out in the order in which a commit meets them. */
const TABLES = {
  records: `SELECT * EXCLUDE (type_ix, role_ix, model_ix, agent_ix), ${named('type')}, ${named('role')}, ${named('model')}, (SELECT id FROM agents a WHERE a.agent_ix = records.agent_ix) AS agent FROM records ORDER BY lake_offset`,
  rejects: 'SELECT * FROM rejects ORDER BY lake_offset',
  strings: 'SELECT value FROM strings ORDER BY value',
  sessions: 'SELECT * FROM sessions ORDER BY session_ix',
  agents: 'SELECT session_ix, id FROM agents ORDER BY ALL',
  places: 'SELECT * FROM file_sessions ORDER BY ALL',
  files: 'SELECT * FROM files_now ORDER BY file_ix',
};

/** The rows that are written once and for ever: the same however they were grouped into commits. */
export async function rowsOf(index: TestIndex): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {};
  for (const [name, sql] of Object.entries(TABLES)) tables[name] = (await index.rows(sql)).map((row) => JSON.parse(JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))) as unknown);
  return tables;
}
