// Qwen Code's paths: <root>/<project>/chats/<session>.jsonl, and of agents that work in the background
// <root>/<project>/subagents/<session>/agent-<id>.jsonl with agent-<id>.meta.json beside it.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { Environment, FileVerdict, JsonObject, PathFacts, SidecarFacts } from '../adapter.ts';
import { stringOf } from '../json-value.ts';

/** Known by its name, too: a root may be `chats`. */
const SESSION = /(^|\/)chats\/[^/]+\.jsonl$|(^|\/)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.jsonl$/i;
const AGENT = /(?:^|\/)subagents\/([^/]+)\/agent-([^/]+)(\.jsonl|\.meta\.json)$/;

export function defaultRoots({ env, home }: Environment): string[] {
  return [`${(env['QWEN_DATA_DIR'] || env['QWEN_HOME'] || `${home}/.qwen`).replace(/\/+$/, '')}/projects`];
}

export function accepts(path: string): FileVerdict {
  const ending = AGENT.exec(path)?.[3];
  if (ending !== undefined) return ending === '.jsonl' ? 'source' : 'sidecar';
  return SESSION.test(path) ? 'source' : 'other';
}

export function describe(root: string, path: string): PathFacts {
  const folders = path.split('/');
  const stem = (folders.pop() ?? '').replace(/\.jsonl$/, '');
  const agent = AGENT.exec(path);
  const above = agent !== null ? -3 : folders.at(-1) === 'chats' ? -2 : -1;
  const project = safeId(folders.at(above) ?? root.split('/').findLast((part) => part !== '' && part !== 'chats') ?? 'root');
  if (agent === null) return { project, session: safeId(stem), certain: false, agent: null };
  return { project, session: safeId(agent[1] as string), certain: true, agent: safeId(agent[2] as string) };
}

export function readSidecar(root: string, path: string, value: JsonObject): SidecarFacts | null {
  const { session, agent } = describe(root, path);
  return agent === null ? null : { session, agent, toolUseId: stringOf(value['toolUseId']), agentType: stringOf(value['agentType']), description: stringOf(value['description']) };
}
