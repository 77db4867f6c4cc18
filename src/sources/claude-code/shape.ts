// What the adapter reads of a line. A key that is read and not named here reads as absent.

import type { Shape } from '../adapter.ts';

const usage: Shape = {
  input_tokens: 'value',
  output_tokens: 'value',
  cache_creation_input_tokens: 'value',
  cache_read_input_tokens: 'value',
  cache_creation: { ephemeral_1h_input_tokens: 'value' },
  service_tier: 'word',
  speed: 'word',
  server_tool_use: { web_search_requests: 'value' },
};

const block: Shape = {
  type: 'word',
  text: 'value',
  id: 'value',
  name: 'word',
  input: { subagent_type: 'word', description: 'value', prompt: 'value' },
  tool_use_id: 'value',
  is_error: 'value',
};

export const claudeShape: Shape = {
  type: 'word',
  uuid: 'uuid',
  parentUuid: 'uuid',
  sessionId: 'word',
  timestamp: 'time',
  isSidechain: 'value',
  agentId: 'word',
  cwd: 'word',
  requestId: 'value',
  isMeta: 'value',
  isCompactSummary: 'value',
  isApiErrorMessage: 'value',
  message: { id: 'value', role: 'word', model: 'word', content: [block], usage },
  toolUseResult: { agentId: 'value', runId: 'value' },
  data: { type: 'word', agentId: 'value' },
  parentToolUseID: 'value',
  content: 'value',
  attachment: { type: 'word', prompt: [{ type: 'word', text: 'value' }], content: 'value', commandMode: 'word', isMeta: 'value' },
  summary: 'value',
  customTitle: 'value',
  aiTitle: 'value',
};
