// What the adapter reads of a line. A key that is read and not named here reads as absent.

import type { Shape } from '../adapter.ts';

const block: Shape = { type: 'word', text: 'value', id: 'value', name: 'word', arguments: { agent: 'word', description: 'value' } };

const usage: Shape = { input: 'value', output: 'value', cacheRead: 'value', cacheWrite: 'value', cacheWrite1h: 'value' };

export const piShape: Shape = {
  type: 'word',
  id: 'value',
  parentId: 'value',
  timestamp: 'time',
  updatedAt: 'time',
  cwd: 'word',
  title: 'value',
  titleSource: 'word',
  source: 'word',
  name: 'value',
  modelId: 'word',
  model: 'word',
  usage,
  message: {
    role: 'word',
    timestamp: 'value',
    model: 'word',
    stopReason: 'word',
    content: [block],
    usage,
    toolCallId: 'value',
    toolName: 'word',
    isError: 'value',
    details: { results: [{ id: 'value' }] },
  },
};
