// What a subscription is about, decided on a record in memory. The database decides the same for
// history: both must agree on every record, or a client would see a hole where the two meet.

import type { FeedRecord } from '../core/feed-record.ts';
import type { RecordFilter } from '../core/answers/record.ts';

/** The keys a subscription may restrict; `live` is set by its start, not by the client. */
export type StreamFilter = Pick<RecordFilter, 'session' | 'project' | 'source' | 'types' | 'tools' | 'live'>;

export type RecordTest = (record: FeedRecord) => boolean;

export function compileFilter(filter: StreamFilter): RecordTest {
  const tests: RecordTest[] = [];
  const { session, project, source, types, tools } = filter;
  if (filter.live === true) tests.push((candidate) => candidate.live);
  if (session !== undefined) tests.push(({ record }) => record.session_id === session);
  if (project !== undefined) tests.push(({ record }) => record.project === project);
  if (source !== undefined) tests.push(({ record }) => record.source === source);
  if (types !== undefined) {
    const wanted = new Set(types);
    tests.push(({ record }) => record.type !== null && wanted.has(record.type));
  }
  if (tools !== undefined) {
    const wanted = new Set(tools);
    tests.push(({ record }) => record.tools.some((tool) => wanted.has(tool.name)));
  }
  const [only] = tests;
  if (only === undefined) return () => true;
  return tests.length === 1 ? only : (candidate) => tests.every((test) => test(candidate));
}
