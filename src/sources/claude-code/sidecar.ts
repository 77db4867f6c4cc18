// agent-<id>.meta.json, beside a subagent's log: what kind of agent it is and, in newer versions, which tool
// call started it.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { JsonObject, SidecarFacts } from '../adapter.ts';
import { stringOf } from '../json-value.ts';
import { describe } from './path.ts';

export function readSidecar(root: string, path: string, value: JsonObject): SidecarFacts | null {
  const { session, agent } = describe(root, path);
  if (agent === null) return null;
  return { session, agent: safeId(agent), toolUseId: stringOf(value['toolUseId']), agentType: stringOf(value['agentType']), description: stringOf(value['description']) };
}
