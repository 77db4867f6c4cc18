// What the adapter reads of a line. A key that is read and not named here reads as absent.

import type { Shape } from '../adapter.ts';

const tokens: Shape = { input_tokens: 'value', cached_input_tokens: 'value', cache_write_input_tokens: 'value', output_tokens: 'value' };

/** Arguments and outputs are mostly strings. */
const item: Shape = {
  type: 'word',
  id: 'value',
  role: 'word',
  content: [{ text: 'value' }],
  summary: [{ text: 'value' }],
  name: 'word',
  namespace: 'word',
  arguments: { agent_type: 'word', role: 'word', task_name: 'value', description: 'value', message: 'value' },
  call_id: 'value',
  status: 'word',
  output: { success: 'value' },
};

/** Bare items have the fields of a payload in the line itself, and so has the line that told of their thread. */
export const codexShape: Shape = {
  ...item,
  timestamp: 'time',
  cwd: 'word',
  record_type: 'word',
  payload: {
    ...item,
    session_id: 'value',
    forked_from_id: 'value',
    parent_thread_id: 'value',
    thread_source: 'word',
    source: { subagent: { thread_spawn: { parent_thread_id: 'value' } } },
    turn_id: 'word',
    model: 'word',
    cwd: 'word',
    info: { total_token_usage: tokens, last_token_usage: tokens },
    kind: 'word',
    event_id: 'value',
    agent_thread_id: 'value',
    new_thread_id: 'value',
    thread_id: 'value',
    thread_name: 'value',
  },
};
