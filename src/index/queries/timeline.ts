// A session by time. An entry is a dated record of the threads that are asked for; one that only brings
// results of tool calls is no entry of its own: the results stand at the calls.

import { cutText } from '../../core/bytes/cut-text.ts';
import { decodeCursor } from '../../core/answers/cursor.ts';
import { grouped } from '../../core/grouped.ts';
import type { Timeline, TimelineEntry, TimelineKind, TimelineRequest, TimelineTool } from '../../core/answers/session-views.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { isoFromMs } from '../../core/time/time.ts';
import { entryIn, textOf } from '../../sources/content.ts';
import { queryRows } from '../store/query.ts';
import { rowPage } from '../held/row-page.ts';
import type { SessionRows } from '../held/session-rows.ts';
import { recordOf, RECORD_COLUMNS } from '../rows/record-rows.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import type { AgentLink } from '../links/link-agents.ts';
import { listName, pageOf } from './page.ts';
import { sessionAt, sessionNumber } from './sessions.ts';
import { hasVersions, NEWEST_VERSION } from '../rows/newest-version.ts';
import { MAIN_THREAD, threadsOf } from './threads.ts';
import type { Threads } from './threads.ts';
import { callKey, heldResults, resultsOf } from './tool-results.ts';
import type { ToolResultRow } from './tool-results.ts';
import type { ViewParts } from './view-parts.ts';

const TEXT_MAX_CHARS = 4000;
const RESULT_MAX_CHARS = 1000;

/** What stands behind the entries of a page. */
interface Behind {
  texts: Map<number, string | null>;
  compactions: Set<number>;
  /** By the keys of their calls. */
  results: Map<string, ToolResultRow>;
  /** By the offset of the line. */
  resultTexts: Map<number, string | null>;
  /** Subagents by the tool call that started them. */
  started: Map<string, string>;
  threads: Threads;
}

export async function sessionTimeline(parts: ViewParts, sessionId: string, request: TimelineRequest): Promise<Timeline> {
  const session = sessionNumber(parts.names, sessionId);
  const { includeChildren, depth, limit, cursor } = request;
  const list = listName(`timeline:${sessionId}`, includeChildren ? { depth } : {});
  const after = cursor === undefined ? null : decodeCursor(list, cursor).map(Number);
  const agents = await parts.links.of(sessionAt(parts.names, session));
  const threads: Threads = includeChildren ? threadsOf(agents, depth) : MAIN_THREAD;
  const { total, rows, held } = (await heldEntries(parts, session, { threads, after, limit })) ?? (await storedEntries(parts, session, { threads, after, limit }));
  const behind = await readBehind(parts, session, rows.slice(0, limit), { threads, agents, held });
  const page = pageOf(list, rows, limit, (row) => entryOf(row, behind, parts), (row) => [row.ts_ms, row.lake_offset]);
  return { ...page, timeline_total: total, timeline_truncated: page.has_more };
}

interface EntryRange {
  threads: Threads;
  /** Time and offset of the entry before; null: from the first. */
  after: readonly number[] | null;
  limit: number;
}

interface Entries {
  total: number;
  /** One more than asked for, where there is one. */
  rows: readonly RecordRow[];
  held: SessionRows | null;
}

const NO_ENTRY = FLAG.duplicate | FLAG.onlyResults;

async function heldEntries(parts: ViewParts, session: number, { threads, after, limit }: EntryRange): Promise<Entries | null> {
  const held = await parts.held.of(session);
  if (held === null) return null;
  const { integers: { agent_ix: agents }, doubles: { ts_ms: ts } } = held.columns;
  const isEntry = (at: number): boolean => !held.has(at, NO_ENTRY) && (ts[at] as number) >= 0 && threads.has(agents[at] as number) && !held.isReplaced(at);
  let total = 0;
  for (let at = 0; at < held.rows; at++) if (isEntry(at)) total += 1;
  const page = rowPage(held, isEntry, { byTime: true, order: 'asc', after, skip: 0, limit: limit + 1 });
  return { total, rows: page.map((at) => held.row(at)), held };
}

async function storedEntries(parts: ViewParts, session: number, { threads, after, limit }: EntryRange): Promise<Entries> {
  const entries = [`session_ix = ${session}`, threads.condition, `flags & ${NO_ENTRY} = 0`, 'ts_ms >= 0', ...(hasVersions(parts.names, session) ? [NEWEST_VERSION] : [])].join(' AND ');
  const from = after === null ? entries : `${entries} AND ts_ms >= ${after[0]} AND (ts_ms, lake_offset) > (${after[0]}, ${after[1]})`;
  return parts.readers.use(async (connection) => {
    const order = 'ORDER BY ts_ms, lake_offset';
    const [page] = await queryRows<{ n: number; last_ms: number | null }>(
      connection, `SELECT (SELECT count(*) FROM records WHERE ${entries})::DOUBLE AS n, (SELECT ts_ms FROM records WHERE ${from} ${order} LIMIT 1 OFFSET ${limit})::DOUBLE AS last_ms`,
    );
    // With its last time known the page is read from few places, however far its threads lie apart.
    const upto = page?.last_ms === null || page === undefined ? '' : ` AND ts_ms <= ${page.last_ms}`;
    return { total: page?.n ?? 0, rows: await queryRows<RecordRow>(connection, `SELECT ${RECORD_COLUMNS} FROM records WHERE ${from}${upto} ${order} LIMIT ${limit + 1}`), held: null };
  });
}

async function readBehind(parts: ViewParts, session: number, rows: readonly RecordRow[], { threads, agents, held }: { threads: Threads; agents: readonly AgentLink[]; held: SessionRows | null }): Promise<Behind> {
  const calling = rows.filter((row) => row.tools !== null);
  const calls = calling.flatMap((row) => recordOf(row, parts.names).tools.map(({ id }) => ({ id, agent_ix: row.agent_ix })));
  const results = held === null ? await resultsOf(parts.readers, session, calls, hasVersions(parts.names, session) ? NEWEST_VERSION : 'true') : heldResults(held, calls);
  const started = startedBy(agents);
  const source = parts.names.sessions.at(session)?.source ?? '';
  const behind: Behind = { texts: new Map(), compactions: new Set(), results, resultTexts: new Map(), started, threads };
  const resultLines = [...grouped(results.values(), (result) => result.lake_offset).values()].map(([first]) => first as ToolResultRow);
  await parts.lines.visitInTurn([...rows, ...resultLines], (i, line) => {
    const row = rows[i];
    if (row === undefined) {
      behind.resultTexts.set((resultLines[i - rows.length] as ToolResultRow).lake_offset, textOf(source, line, parts.adapterOptions));
      return;
    }
    const { text, isCompaction } = entryIn(source, line, parts.adapterOptions);
    behind.texts.set(row.lake_offset, text);
    if (row.role_ix === 0 && isCompaction) behind.compactions.add(row.lake_offset);
  });
  return behind;
}

function entryOf(row: RecordRow, behind: Behind, { names }: ViewParts): TimelineEntry {
  const record = recordOf(row, names);
  const whole = behind.texts.get(row.lake_offset) ?? null;
  const text = whole === null ? null : cutText(whole, TEXT_MAX_CHARS);
  const tools = record.tools.map(({ id, name }) => toolOf({ id, name }, row, behind));
  return {
    kind: kindOf(row, tools, record.role, behind),
    offset: record.offset,
    ts: isoFromMs(row.ts_ms),
    agent_id: record.agent_id,
    depth: behind.threads.depthOf(row.agent_ix),
    type: record.type,
    role: record.role,
    model: record.model,
    uuid: record.uuid,
    is_error: (row.flags & FLAG.error) !== 0 || tools.some((tool) => tool.is_error === true),
    text,
    cut: text !== whole || tools.some(({ id }) => (resultText(resultOf(id, row, behind), behind)?.length ?? 0) > RESULT_MAX_CHARS),
    tools,
  };
}

function toolOf({ id, name }: { id: string | null; name: string }, row: RecordRow, behind: Behind): TimelineTool {
  const result = resultOf(id, row, behind);
  const text = resultText(result, behind);
  const dated = result !== undefined && result.ts_ms >= 0;
  return {
    id,
    name,
    is_error: result?.is_error ?? null,
    ended_at: dated ? isoFromMs(result.ts_ms) : null,
    duration_ms: dated ? Math.max(0, result.ts_ms - row.ts_ms) : null,
    result: text === null ? null : cutText(text, RESULT_MAX_CHARS),
    agent_id: (id === null ? undefined : behind.started.get(id)) ?? null,
  };
}

function resultOf(id: string | null, row: RecordRow, { results }: Behind): ToolResultRow | undefined {
  return id === null ? undefined : results.get(callKey(row.agent_ix, id));
}

function resultText(result: ToolResultRow | undefined, { resultTexts }: Behind): string | null {
  return result === undefined ? null : (resultTexts.get(result.lake_offset) ?? null);
}

function kindOf(row: RecordRow, tools: readonly TimelineTool[], role: string | null, { compactions }: Behind): TimelineKind {
  if (tools.some((tool) => tool.agent_id !== null)) return 'subagent';
  if (tools.length > 0) return 'tool_call';
  if ((row.flags & FLAG.error) !== 0) return 'error';
  if ((row.flags & FLAG.prompt) !== 0) return 'prompt';
  if (compactions.has(row.lake_offset)) return 'compaction';
  if (role === null) return 'event';
  return role === 'assistant' ? 'answer' : 'message';
}

/** By tool call. One may start several, which come in the order of their arrival. */
function startedBy(agents: readonly AgentLink[]): Map<string, string> {
  const started = new Map<string, string>();
  for (const { tool_use_id: call, id } of agents) {
    const known = call === null ? undefined : started.get(call);
    if (call !== null && (known === undefined || id < known)) started.set(call, id);
  }
  return started;
}
