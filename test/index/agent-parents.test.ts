import { expect, it } from 'vitest';
import { AgentParents } from '../../src/index/queries/agent-parents.ts';

it('cuts a cycle at the same place in whatever order its agents come', () => {
  // 2 and 3 are said to have started one another, 4 is below them.
  const agents = [[2, 'b', 3], [3, 'c', 2], [4, 'd', 3], [1, 'a', 1]].map(([agent_ix, id, parent_agent_ix]) => ({ agent_ix: agent_ix as number, id: id as string, parent_agent_ix: parent_agent_ix as number }));
  for (const some of [agents, agents.toReversed()]) {
    const parents = new AgentParents(some);
    expect([1, 2, 3, 4].map((ix) => [parents.of(ix), parents.depthOf(ix)])).toEqual([[0, 1], [0, 1], [2, 2], [3, 3]]);
  }
});
