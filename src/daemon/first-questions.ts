// What somebody who opens the lake may ask first.

import { GROUPINGS } from '../core/answers/grouping.ts';
import { METRICS } from '../core/answers/series.ts';
import type { Lake } from '../index/lake.ts';

export type Ask = () => Promise<unknown>;

const PAGE = { limit: 50 };
const EVERYTHING = { filter: {}, timezone: 'UTC' };
const RECORDS = { content: 'none', duplicates: false, ...PAGE } as const;
const POINTS = 500;
/** Of what reads lines, which may be long. */
const SOME = 'limit=5';

/** What an overview shows. */
export function overview(lake: Lake): Ask[] {
  return [
    () => lake.sessions({}, '-last_activity', PAGE),
    () => lake.projects(PAGE),
    () => lake.aggregateText({ groupBy: 'day', ...EVERYTHING }),
  ];
}

/** What more is read once, for all answers to come. */
export function readOnce(lake: Lake): Ask[] {
  return [
    () => lake.linksHeld(),
    () => lake.sharedCallsHeld(),
    () => lake.files({}, PAGE),
    () => lake.rejects({}, PAGE),
    () => lake.archiveParts({}, PAGE),
    () => lake.events({ filter: {}, order: 'desc', ...RECORDS }),
    () => lake.usageBlocks({ filter: {}, activeOnly: false }),
    () => lake.series({ metric: 'messages', bucket: null, points: POINTS, ...EVERYTHING }),
  ];
}

/** Paths and queries: a question of each kind about the whole lake. */
export function aboutTheLake(): string[] {
  return [
    '/api/status', '/api/projects', '/api/sessions', '/api/files', '/api/rejects', '/api/archive', '/api/prices', '/api/usage/blocks', '/api/tracing/tree',
    `/api/events?${SOME}`, '/api/search?q=the&limit=1',
    ...GROUPINGS.map((grouping) => `/api/metrics/aggregate?group_by=${grouping}`),
    ...METRICS.map((metric) => `/api/metrics/series?metric=${metric}`),
  ];
}

/** The same about one session and its project. */
export function aboutASession(id: string, project: string): string[] {
  const [session, its] = [`/api/sessions/${encodeURIComponent(id)}`, `/api/projects/${encodeURIComponent(project)}`];
  return [
    its, session, ...['tree', 'subagents', 'ledger', 'metrics', 'tools', 'state'].map((view) => `${session}/${view}`),
    ...['messages', 'exchanges', 'timeline'].map((view) => `${session}/${view}?${SOME}`),
  ];
}
