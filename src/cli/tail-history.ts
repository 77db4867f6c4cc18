// The last N matching records before an offset. An export only goes forward, so it looks at windows
// that grow as it steps back: a common filter costs one small window, a rare one at most the lake once.

import { LakeError } from '../core/errors.ts';
import type { Content, LakeRecord } from '../core/answers/record.ts';
import type { ApiClient, ApiStream, Query } from './api-client.ts';
import type { LiveFilter } from './live-protocol.ts';
import { exportedRecords } from './ndjson-lines.ts';

const FIRST_WINDOW = 256;
const GROWTH = 4;

export interface HistoryRequest {
  filter: LiveFilter;
  content: Content;
  /** The newest offset that may be among them. */
  upto: string;
  count: number;
}

/** Oldest first; none for a session that is not there yet. Holds no more than `count` records at a time. */
export async function lastRecords(client: ApiClient, request: HistoryRequest): Promise<LakeRecord[]> {
  const newestFirst: LakeRecord[][] = [];
  let missing = request.count;
  let upto = BigInt(request.upto);
  let window = BigInt(Math.max(FIRST_WINDOW, request.count * 2));
  while (upto > 0n && missing > 0) {
    const after = upto > window ? upto - window : 0n;
    const found = await lastOfWindow(client, request, after, upto, missing);
    newestFirst.push(found);
    missing -= found.length;
    upto = after;
    window *= BigInt(GROWTH);
  }
  return newestFirst.reverse().flat();
}

async function lastOfWindow(client: ApiClient, { filter, content }: HistoryRequest, after: bigint, upto: bigint, wanted: number): Promise<LakeRecord[]> {
  const { types: type, tools: tool, ...place } = filter;
  const answer = await exportOf(client, { format: 'ndjson', content, after: String(after), upto: String(upto), type, tool, ...place });
  if (answer === null) return [];
  const last: LakeRecord[] = [];
  for await (const record of exportedRecords(answer.chunks)) {
    last.push(record);
    if (last.length > wanted) last.shift();
  }
  return last;
}

async function exportOf(client: ApiClient, query: Query): Promise<ApiStream | null> {
  try {
    return await client.stream('/api/export', query);
  } catch (error) {
    if (error instanceof LakeError && error.code === 'not_found') return null;
    throw error;
  }
}
