// A call that started several agents names the same one of them whatever came first.

import { expect, it } from 'vitest';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';
import { assistantLine, userLine } from '../support/claude-lines.ts';

const SESSION = 's1';

function result(n: number, agent: string): string {
  return userLine({ session: SESSION, n, extra: { message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'done' }] }, toolUseResult: { agentId: agent } } });
}

it.each([[['a1', 'a2', 'a3']], [['a3', 'a2', 'a1']]])('agents that came as %s', async (agents) => {
  const index = await TestIndex.open();
  try {
    const call = assistantLine({ session: SESSION, n: 0, content: [{ type: 'tool_use', id: 't1', name: 'Workflow', input: {} }] });
    const main = new SourceFile(1, '-p/s1.jsonl');
    await index.commit([main.read([call])]);
    for (const [i, agent] of agents.entries()) {
      const line = assistantLine({ session: SESSION, n: 10, message: agent, extra: { uuid: agent, isSidechain: true, agentId: agent } });
      await index.commit([main.read([result(i + 1, agent)]), new SourceFile(i + 2, `-p/s1/subagents/agent-${agent}.jsonl`).read([line])]);
    }
    const { items } = await index.lake.views.timeline(SESSION, { limit: 10, includeChildren: false, depth: 1 });
    expect(items.flatMap(({ tools }) => tools.map((tool) => tool.agent_id))).toEqual(['a1']);
    expect((await index.lake.subagents(SESSION, { limit: 10 })).items.map((agent) => agent.tool_use_id)).toEqual(['t1', 't1', 't1']);
  } finally {
    await index.remove();
  }
});
