// Records, sessions and agents for tests of what commands print.

import { emptyUsage, type LakeRecord } from '../../../src/core/answers/record.ts';
import type { SessionItem } from '../../../src/core/answers/session-item.ts';
import type { AgentNode } from '../../../src/core/answers/session-tree.ts';

export function record(part: Partial<LakeRecord> = {}): LakeRecord {
  return {
    offset: '1', session_id: '3f2a91c0-1111-4222-8333-444455556666', agent_id: null, source: 'claude-code', project: '-home-me-code-lake',
    file_id: 'f1', line: 1, byte_offset: 0, byte_length: 10, ts: '2026-11-20T14:03:22.123Z', type: 'assistant', role: 'assistant',
    uuid: null, parent_uuid: null, model: null, usage: null, tools: [], tool_results: [], text: 'Hello', ...part,
  };
}

export function session(part: Partial<SessionItem> = {}): SessionItem {
  return {
    id: '3f2a91c0-1111-4222-8333-444455556666', source: 'claude-code', project: '-home-me-code-lake', cwd: '/home/me/code/lake', title: 'Mend the login',
    status: 'active', started_at: '2026-11-20T09:00:00.000Z', last_activity: '2026-11-20T09:57:00.000Z', models: ['model-a'], message_count: 1234,
    tool_call_count: 56, error_count: 2, subagent_count: 0, usage: emptyUsage(),
    usage_rollup: { input_tokens: 1000, output_tokens: 2000, cache_creation_input_tokens: 30_000, cache_read_input_tokens: 4_000_000 },
    cost_usd: null, cost_rollup_usd: null, unpriced_calls: 0, files: 1, bytes: 123_456, archived_bytes: 0, ...part,
  };
}

export function agent(part: Partial<AgentNode> = {}): AgentNode {
  return {
    id: 'a1', session_id: '3f2a91c0-1111-4222-8333-444455556666', parent_agent_id: null, tool_use_id: 't1', link: 'meta', type: 'Explore', description: 'Look around',
    started_at: null, last_activity: null, models: [], message_count: 3, tool_call_count: 1, error_count: 0, usage: emptyUsage(), usage_rollup: emptyUsage(),
    calls: 1, cost_usd: null, cost_rollup_usd: null, unpriced_calls: 0, children: [], ...part,
  };
}
