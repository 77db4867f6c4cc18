// What somebody who opens the lake may ask first: one question of each kind, with the defaults of the API.

import { GROUPINGS } from '../core/answers/grouping.ts';
import { METRICS } from '../core/answers/series.ts';
import type { Metric } from '../core/answers/series.ts';
import type { Lake } from '../index/lake.ts';

export type Ask = () => Promise<unknown>;

const PAGE = { limit: 50 };
const EVERYTHING = { filter: {}, timezone: 'UTC' };
const RECORDS = { content: 'none', duplicates: false, ...PAGE } as const;
/** Of what reads lines, which may be long. */
const SOME = { limit: 5 };
const DAYS = 30;
const POINTS = 500;

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
    seriesOf(lake, 'messages'),
  ];
}

/** All else about the whole lake. */
export function aboutTheLake(lake: Lake): Ask[] {
  return [
    () => lake.prices(),
    () => lake.views.tracing({ days: DAYS, ...PAGE }),
    ...GROUPINGS.map((groupBy) => () => lake.aggregateText({ groupBy, ...EVERYTHING })),
    ...METRICS.map((metric) => seriesOf(lake, metric)),
  ];
}

function seriesOf(lake: Lake, metric: Metric): Ask {
  return () => lake.series({ metric, bucket: null, points: POINTS, ...EVERYTHING });
}

/** About one session. */
export function aboutASession(lake: Lake, id: string): Ask[] {
  const { views } = lake;
  return [
    () => lake.session(id),
    () => lake.tree(id),
    () => lake.subagents(id, PAGE),
    () => lake.messages({ filter: { session: id, agent: null, withRole: true }, order: 'asc', content: 'text', duplicates: false, ...SOME }),
    () => lake.ledger(id, PAGE),
    () => views.exchanges(id, SOME),
    () => views.timeline(id, { includeChildren: false, depth: 1, ...SOME }),
    () => views.metrics(id),
    () => views.tools(id),
    () => views.state(id, null),
  ];
}
