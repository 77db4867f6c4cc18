// Schemas of projects, sessions and their subagents.

import { Type } from 'typebox';
import { activityFields, cost, count, nullable, pageOf, time, unpriced } from './usage.ts';

export const SESSION_STATUSES = ['active', 'idle', 'completed', 'archived'] as const;

export const Session = Type.Object({
  id: Type.String(),
  source: Type.String({ description: "The adapter's id, e.g. claude-code" }),
  project: Type.String(),
  cwd: nullable(Type.String()),
  title: nullable(Type.String()),
  status: Type.Enum([...SESSION_STATUSES]),
  started_at: nullable(time('First dated line')),
  last_activity: nullable(time('Last dated line')),
  ...activityFields,
  subagent_count: count('Subagents, at any depth'),
  usage: Type.Ref('Usage'),
  usage_rollup: Type.Ref('Usage'),
  cost_usd: cost("The session's own model calls"),
  cost_rollup_usd: cost('With all subagents'),
  unpriced_calls: unpriced,
  files: count('Source files'),
  bytes: count('Bytes of source'),
  archived_bytes: count('Of these, in the archive'),
}, { $id: 'Session' });

export const Project = Type.Object({
  id: Type.String(),
  source: Type.String(),
  cwd: nullable(Type.String(), 'The newest working directory seen'),
  session_count: count('Sessions'),
  usage: Type.Ref('Usage'),
  calls: count('Model calls'),
  cost_usd: cost('All model calls'),
  unpriced_calls: unpriced,
  first_activity: nullable(time('First dated line')),
  last_activity: nullable(time('Last dated line')),
}, { $id: 'Project' });

const agentFields = {
  id: Type.String(),
  session_id: Type.String(),
  parent_agent_id: nullable(Type.String(), "The agent that started it; null: the session's main thread, or not known"),
  tool_use_id: nullable(Type.String(), 'The tool call that started it'),
  link: nullable(Type.String(), 'How the link was found; null while unlinked'),
  type: nullable(Type.String()),
  description: nullable(Type.String()),
  started_at: nullable(time('First dated line')),
  last_activity: nullable(time('Last dated line')),
  ...activityFields,
  usage: Type.Ref('Usage'),
  usage_rollup: Type.Ref('Usage'),
  calls: count('Model calls'),
  cost_usd: cost('Its own model calls'),
  cost_rollup_usd: cost('With the agents it started'),
  unpriced_calls: unpriced,
};

export const Agent = Type.Object(agentFields, { $id: 'Agent' });

export const AgentNode = Type.Object({
  ...agentFields,
  children: Type.Array(Type.Ref('AgentNode')),
}, { $id: 'AgentNode' });

export const SessionTree = Type.Object({
  session: Type.Ref('Session'),
  children: Type.Array(Type.Ref('AgentNode')),
}, { $id: 'SessionTree' });

export const SessionPage = pageOf('Session', 'SessionPage');
export const ProjectPage = pageOf('Project', 'ProjectPage');
export const AgentPage = pageOf('Agent', 'AgentPage');
