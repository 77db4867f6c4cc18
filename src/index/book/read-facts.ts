// Reads the facts of sessions: a few plain statements over the tables of sums, as planning one that joins
// them all takes several times longer than running these.

import type { DuckDBConnection } from '@duckdb/node-api';
import { grouped } from '../../core/grouped.ts';
import type { Directories } from '../commit-rows.ts';
import { ARCHIVED_SQL } from '../merged-rows.ts';
import { spendingBy } from '../queries/spending.ts';
import { titlesSql } from '../queries/titles.ts';
import type { LakeRates } from '../rates.ts';
import type { Ask } from '../readers.ts';
import { modelsOf, spendingOf } from './session-facts.ts';
import type { AgentFacts, SessionFacts, UsageRow } from './session-facts.ts';

interface Of {
  session_ix: number;
}

interface ActivityRow extends Of {
  agent_ix: number;
  messages: number;
  tool_calls: number;
  errors: number;
  bytes: number;
  first_ms: number | null;
  last_ms: number | null;
}

interface CwdRow extends Of {
  cwd: string;
  last_cwd: string;
  at_ms: number;
  line: number;
}

interface PlaceRow extends Of {
  files: number;
  modified_ms: number;
  gone: boolean;
  offset_bytes: number;
  archived_bytes: number;
}

/** Of the sessions among `only` that are in the tables, or of all. */
export async function readFacts(connection: DuckDBConnection, ask: Ask, names: Directories, rates: LakeRates, only: readonly number[] | null): Promise<SessionFacts[]> {
  const scope = only === null ? 'session_ix >= 0' : `session_ix IN (${only.join(',')})`;
  const sessions = await ask<Of>(`SELECT session_ix FROM sessions WHERE ${scope} ORDER BY session_ix`);
  const activity = by(await ask<ActivityRow>(
    `SELECT session_ix, agent_ix, sum(messages)::DOUBLE AS messages, sum(tool_calls)::DOUBLE AS tool_calls, sum(errors)::DOUBLE AS errors, sum(bytes)::DOUBLE AS bytes,
      (min(first_ms) FILTER (first_ms >= 0))::DOUBLE AS first_ms, (max(last_ms) FILTER (last_ms >= 0))::DOUBLE AS last_ms
    FROM activity_deltas WHERE ${scope} GROUP BY session_ix, agent_ix`,
  ));
  // Of the marks of these files alone, and no column more than is needed: the view of all files takes twice as long.
  const files = `(SELECT file_ix, max_by(state, seq) AS state, max_by(modified_ms, seq) AS modified_ms, max_by(offset_bytes, seq) AS offset_bytes
    FROM file_marks WHERE file_ix IN (SELECT file_ix FROM file_sessions WHERE ${scope}) GROUP BY file_ix)`;
  const places = by(await ask<PlaceRow>(
    `SELECT fs.session_ix, count(*) FILTER (f.state <> 'replaced')::DOUBLE AS files, max(f.modified_ms)::DOUBLE AS modified_ms, bool_and(f.state <> 'present') AS gone,
      sum(f.offset_bytes)::DOUBLE AS offset_bytes, coalesce(sum(a.archived), 0)::DOUBLE AS archived_bytes
    FROM (SELECT * FROM file_sessions WHERE ${scope}) fs JOIN ${files} f USING (file_ix) LEFT JOIN (${ARCHIVED_SQL}) a USING (file_ix) GROUP BY fs.session_ix`,
  ));
  const titles = by(await ask<Of & { title: string }>(titlesSql(scope)));
  const cwds = by(await ask<CwdRow>(
    `SELECT session_ix, min_by(cwd, told) AS cwd, max_by(cwd, told) AS last_cwd, max_by(at_ms, told)::DOUBLE AS at_ms, max_by(line, told) AS line
    FROM (SELECT *, (at_ms, line, cwd) AS told FROM cwds WHERE ${scope}) GROUP BY session_ix`,
  ));
  const prices = await rates.models();
  const usage = by(await spendingBy<Of & { agent_ix: number; quarter: number | bigint }>(connection, prices, ['session_ix', 'agent_ix', 'bucket AS quarter'], scope));
  return sessions.flatMap(({ session_ix: ix }) => {
    const session = names.sessions.at(ix);
    if (session === undefined) return [];
    const { id, source, project } = session;
    const agents = agentsOf(activity.get(ix) ?? []);
    return [factsOf({ ix, id, source, project, agents }, activity.get(ix) ?? [], places.get(ix)?.[0], titles.get(ix)?.[0]?.title ?? null, cwds.get(ix)?.[0], (usage.get(ix) ?? []).map((row): UsageRow => Object.assign(row.spending, { bucket: Number(row.quarter), agent: row.agent_ix, model: row.model_ix })))];
  });
}

function by<T extends Of>(rows: readonly T[]): Map<number, T[]> {
  return grouped(rows, (row) => row.session_ix);
}

/** An agent that was only heard of (a fork repeats its parent's tool results) is none of this session's. */
function agentsOf(activity: readonly ActivityRow[]): AgentFacts[] {
  return activity.filter((row) => row.agent_ix > 0)
    .map((row): AgentFacts => ({ ix: row.agent_ix, firstMs: row.first_ms, lastMs: row.last_ms, messages: row.messages, toolCalls: row.tool_calls, errors: row.errors }));
}

function factsOf(
  session: Pick<SessionFacts, 'ix' | 'id' | 'source' | 'project' | 'agents'>, activity: readonly ActivityRow[], place: PlaceRow | undefined, title: string | null,
  cwd: CwdRow | undefined, rows: readonly UsageRow[],
): SessionFacts {
  const main = activity.find((row) => row.agent_ix === 0);
  const times = (of: 'first_ms' | 'last_ms'): number[] => activity.flatMap((row) => row[of] ?? []);
  const [firsts, lasts] = [times('first_ms'), times('last_ms')];
  return {
    ...session,
    firstMs: firsts.length === 0 ? null : firsts.reduce((a, b) => Math.min(a, b)),
    lastMs: lasts.length === 0 ? null : lasts.reduce((a, b) => Math.max(a, b)),
    messages: main?.messages ?? 0,
    toolCalls: main?.tool_calls ?? 0,
    errors: main?.errors ?? 0,
    bytes: activity.reduce((sum, row) => sum + row.bytes, 0),
    files: place?.files ?? 0,
    offsetBytes: place?.offset_bytes ?? 0,
    archivedBytes: place?.archived_bytes ?? 0,
    modifiedMs: place?.modified_ms ?? null,
    gone: place?.gone ?? false,
    title,
    cwd: cwd?.cwd ?? null,
    lastCwd: cwd === undefined ? null : { cwd: cwd.last_cwd, atMs: cwd.at_ms, line: cwd.line },
    rows,
    own: spendingOf(rows.filter((row) => row.agent === 0)),
    all: spendingOf(rows),
    models: modelsOf(rows),
  };
}
