// A session with its subagents below it, as JSON.

import type { AgentItem } from './agent-item.ts';
import type { SessionItem } from './session-item.ts';

export interface AgentNode extends AgentItem {
  children: AgentNode[];
}

export interface SessionTree {
  session: SessionItem;
  children: AgentNode[];
}
