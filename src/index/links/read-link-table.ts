// Reads all that is told of how agents began, in plain statements.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { LinkRule } from '../../core/scan-batch.ts';
import type { Reading } from '../follow/followed.ts';
import { queryRows } from '../store/query.ts';
import { LAST_COMMIT_SQL } from '../store/schema.ts';
import { takeWhole } from '../store/whole-rows.ts';
import { LinkTable } from './link-table.ts';

/** In a transaction. */
export async function readLinkTable(connection: DuckDBConnection): Promise<Reading<LinkTable>> {
  const [last] = await queryRows<{ seq: number }>(connection, `SELECT ${LAST_COMMIT_SQL} AS seq`);
  const held = new LinkTable();
  await takeWhole(connection, { from: 'agents', by: 'agent_ix', texts: {}, numbers: { agent: 'agent_ix', session: 'session_ix' } }, ({ agent, session }) => held.agents.add(agent, session));
  await takeWhole(
    connection, { from: 'agent_origins', by: 'rowid', texts: { run: orEmpty('run') }, numbers: { agent: 'agent_ix', ...PROMPT, hasRun: 'run IS NOT NULL' } },
    ({ agent, high, low, run, hasRun }) => held.agents.addOrigin({ agent, prompt: promptOf(high, low), run: hasRun === 1 ? run : null }),
  );
  await takeWhole(
    connection, { from: 'agent_links', by: 'rowid', texts: { toolUseId: 'tool_use_id', rule: 'rule' }, numbers: { agent: 'agent_ix', at: 'at_ms', line: 'line', parent: 'parent_agent_ix' } },
    ({ agent, at, line, toolUseId, rule, parent }) => held.agents.addLink({ agent, at, line, toolUseId, rule: rule as LinkRule, parent }),
  );
  await takeWhole(
    connection, {
      from: 'tasks', by: 'rowid', texts: { toolUseId: 'tool_use_id', type: orEmpty('agent_type'), description: orEmpty('description'), run: orEmpty('run') },
      numbers: { session: 'session_ix', agent: 'agent_ix', at: 'at_ms', line: 'line', ...PROMPT, hasType: 'agent_type IS NOT NULL', hasDescription: 'description IS NOT NULL', hasRun: 'run IS NOT NULL' },
    },
    ({ session, agent, at, line, toolUseId, type, hasType, description, hasDescription, high, low, run, hasRun }) => {
      held.tasks.add({ session, agent, at, line, toolUseId, agentType: hasType === 1 ? type : null, description: hasDescription === 1 ? description : null, prompt: promptOf(high, low), run: hasRun === 1 ? run : null });
    },
  );
  await takeWhole(
    connection, {
      from: 'sidecars', by: 'seq, root, path',
      texts: { source: 'source', root: 'root', path: 'path', session: 'session', agent: 'agent', toolUseId: orEmpty('tool_use_id'), type: orEmpty('agent_type'), description: orEmpty('description') },
      numbers: { modifiedMs: 'modified_ms', hasCall: 'tool_use_id IS NOT NULL', hasType: 'agent_type IS NOT NULL', hasDescription: 'description IS NOT NULL' },
    },
    ({ source, root, path, session, agent, modifiedMs, toolUseId, hasCall, type, hasType, description, hasDescription }) => {
      held.sidecars.set({ source, root, path, session, agent, modifiedMs, toolUseId: hasCall === 1 ? toolUseId : null, agentType: hasType === 1 ? type : null, description: hasDescription === 1 ? description : null });
    },
  );
  return { held, seq: last?.seq ?? 0 };
}

/** A hash of 64 bits is more than a double holds. */
const PROMPT = { high: 'prompt >> 32', low: 'prompt & 4294967295::UBIGINT' };

function promptOf(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function orEmpty(column: string): string {
  return `coalesce(${column}, '')`;
}
