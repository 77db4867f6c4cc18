// One small log of each agent, made up, beside what a scan must say of it.

import type { PlainRow } from './scanned.ts';

export interface Sample {
  source: string;
  path: string;
  lines: readonly object[];
  rows: readonly PlainRow[];
  texts: readonly (string | null)[];
  title: string | null;
}

const AT = '2026-10-01T09:00:00.000Z';
const mirrored = (key: string, item: object): object => ({ key, observed_at: AT, item });

export const SAMPLES: readonly Sample[] = [
  {
    source: 'gemini',
    path: 'engine/chats/session-2026-10-01T09-00-5e551000.jsonl',
    lines: [
      { sessionId: '5e551000-g', projectHash: 'abc', startTime: AT, lastUpdated: AT, kind: 'main', directories: ['/home/ada/engine'] },
      { id: 'u1', timestamp: AT, type: 'user', content: 'Oil the wheels' },
      { id: 'a1', timestamp: AT, type: 'gemini', content: '', model: 'gemini-2.5-pro', toolCalls: [{ id: 'c1', name: 'read_file', args: { file_path: 'w.txt' } }], tokens: { input: 100, output: 5, cached: 60, thoughts: 7, tool: 2, total: 114 } },
      { id: 'a1', timestamp: AT, type: 'gemini', content: 'Done', model: 'gemini-2.5-pro', toolCalls: [{ id: 'c1', name: 'read_file', args: { file_path: 'w.txt' }, status: 'error', result: [{ functionResponse: { response: { error: 'no such file' } } }], agentId: 'sub1' }], tokens: { input: 100, output: 9, cached: 60, thoughts: 7, tool: 2, total: 118 } },
      { $set: { summary: 'Oiling' } },
      { $rewindTo: 'u1' },
    ],
    rows: [
      { type: 'header', session: '5e551000-g', ts: AT },
      { type: 'user', role: 'user', uuid: 'u1', flags: ['message', 'prompt'] },
      { type: 'gemini', role: 'assistant', model: 'gemini-2.5-pro', uuid: 'a1', usage: [42, 12, 0, 60, 0], flags: ['message', 'counted'], tools: [{ id: 'c1', name: 'read_file' }] },
      { uuid: 'a1', usage: [42, 16, 0, 60, 0], flags: ['error', 'message', 'counted'], toolResults: [{ id: 'c1', is_error: true }] },
      { type: '$set' },
      { type: '$rewindTo' },
    ],
    texts: [null, 'Oil the wheels', 'w.txt', 'Done\nw.txt\nno such file', 'Oiling', null],
    title: 'Oiling',
  },
  {
    source: 'gemini',
    path: 'engine/chats/5e551000-g/sub1.jsonl',
    lines: [{ id: 'u1', timestamp: AT, type: 'user', content: [{ text: 'Look' }] }],
    rows: [{ session: '5e551000-g', agent: 'sub1', role: 'user' }],
    texts: ['Look'],
    title: null,
  },
  {
    source: 'qwen',
    path: '-home-ada/chats/s1.jsonl',
    lines: [
      { uuid: 'q1', parentUuid: null, sessionId: 's1', timestamp: AT, type: 'user', cwd: '/home/ada', message: { role: 'user', parts: [{ text: `Hello ${'😀'.repeat(200)}\nand more` }] } },
      { uuid: 'q2', parentUuid: 'q1', sessionId: 's1', timestamp: AT, type: 'assistant', model: 'qwen3-coder', message: { role: 'model', parts: [{ text: 'Yes' }, { functionCall: { id: 'f1', name: 'ls', args: { path: '.' } } }] }, usageMetadata: { promptTokenCount: 50, cachedContentTokenCount: 20, candidatesTokenCount: 3, thoughtsTokenCount: 4, totalTokenCount: 57 } },
      { uuid: 'q3', parentUuid: 'q2', sessionId: 's1', timestamp: AT, type: 'tool_result', message: { role: 'user', parts: [{ functionResponse: { id: 'f1', name: 'ls', response: { output: 'a b' } } }] } },
    ],
    rows: [
      { session: 's1', role: 'user', uuid: 'q1' },
      { role: 'assistant', parent: 'q1', model: 'qwen3-coder', usage: [30, 7, 0, 20, 0], tools: [{ id: 'f1', name: 'ls' }] },
      { type: 'tool_result', role: 'tool', toolResults: [{ id: 'f1', is_error: false }] },
    ],
    texts: [`Hello ${'😀'.repeat(200)}\nand more`, 'Yes\n.', 'a b'],
    title: `Hello ${'😀'.repeat(194)}`,
  },
  {
    source: 'qwen',
    path: '-home-ada/chats/s2.jsonl',
    lines: [
      { uuid: 'q0', sessionId: 's2', timestamp: AT, type: 'user', subtype: 'notification', message: { role: 'user', parts: [{ text: 'An agent ended' }] } },
      { uuid: 'q1', sessionId: 's2', timestamp: AT, type: 'user', message: { role: 'user', parts: [{ text: 'Hello' }] } },
      { uuid: 'q2', sessionId: 's2', timestamp: AT, type: 'system', subtype: 'custom_title', systemPayload: { customTitle: 'Greetings', titleSource: 'auto' } },
      { uuid: 'q3', sessionId: 's2', timestamp: AT, type: 'system', subtype: 'ui_telemetry', systemPayload: { uiEvent: { input_token_count: 7 } } },
    ],
    rows: [{ role: 'user', flags: ['message'] }, { role: 'user', flags: ['message', 'prompt'] }, { type: 'system' }, { type: 'system' }],
    texts: ['An agent ended', 'Hello', null, null],
    title: 'Greetings',
  },
  {
    source: 'qwen',
    path: '-home-ada/subagents/s1/agent-explore-7f3c.jsonl',
    lines: [{ uuid: 'q4', sessionId: 's1', agentId: 'explore-7f3c', isSidechain: true, timestamp: AT, type: 'assistant', cwd: '/home/ada/else', model: 'qwen3-coder', message: { role: 'model', parts: [{ text: 'Seen' }] }, usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2 } }],
    rows: [{ session: 's1', agent: 'explore-7f3c', role: 'assistant', usage: [5, 2, 0, 0, 0] }],
    texts: ['Seen'],
    title: null,
  },
  {
    source: 'kimi',
    path: 'abc/k2/wire.jsonl',
    lines: [
      { timestamp: 1_790_845_200, message: { type: 'TurnBegin', payload: { user_input: 'Count' } } },
      { timestamp: 1_790_845_201, message: { type: 'SubagentEvent', payload: { task_tool_call_id: 'k-1', event: { type: 'ToolCall', payload: { id: 'k-2', function: { name: 'Shell', arguments: '{}' } } } } } },
      { timestamp: 1_790_845_202, message: { type: 'SubagentEvent', payload: { task_tool_call_id: 'k-1', event: { type: 'StatusUpdate', payload: { message_id: 'c-1', token_usage: { input_other: 3, output: 2 } } } } } },
      { timestamp: 1_790_845_203, message: { type: 'SubagentEvent', payload: { parent_tool_call_id: 'k-3', agent_id: 'a1', subagent_type: 'coder', event: { type: 'ToolCall', payload: { id: 'k-4', function: { name: 'Shell', arguments: '{}' } } } } } },
      { timestamp: 1_790_845_204, message: { type: 'SubagentEvent', payload: { parent_tool_call_id: 'k-3', agent_id: 'a1', event: { type: 'StatusUpdate', payload: { message_id: 'c-2', token_usage: { input_other: 4, output: 1 } } } } } },
      { timestamp: 1_790_845_205, message: { type: 'SubagentEvent', payload: { agent_id: 'a1', event: { type: 'StatusUpdate', payload: { token_usage: { input_other: 9, output: 9 } } } } } },
    ],
    rows: [
      { type: 'TurnBegin', role: 'user' },
      { type: 'SubagentEvent', agent: 'k-1', role: 'assistant', tools: [{ id: 'k-2', name: 'Shell' }] },
      { agent: 'k-1', usage: [3, 2, 0, 0, 0] },
      { agent: 'a1' },
      { agent: 'a1', usage: [4, 1, 0, 0, 0] },
      { agent: 'a1' },
    ],
    texts: ['Count', '{}', null, '{}', null, null],
    title: 'Count',
  },
  {
    source: 'droid',
    path: '-home-ada/d1.jsonl',
    lines: [
      { type: 'session_start', id: 'd1', title: 'Fix it', cwd: '/home/ada' },
      { type: 'message', id: 'm1', timestamp: AT, message: { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Read', input: { file_path: 'x' } }] } },
      { type: 'message', id: 'm2', timestamp: AT, parentId: 'm1', message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'text', is_error: true }] } },
    ],
    rows: [{ type: 'session_start', session: 'd1' }, { role: 'assistant', uuid: 'm1', tools: [{ id: 't1', name: 'Read' }] }, { role: 'user', parent: 'm1', toolResults: [{ id: 't1', is_error: true }] }],
    texts: ['Fix it', 'x', 'text'],
    title: 'Fix it',
  },
  {
    source: 'droid',
    path: '-home-ada/d1.settings.jsonl',
    lines: [mirrored('settings', { model: 'custom:m-1', tokenUsage: { inputTokens: 10, outputTokens: 8, cacheCreationTokens: 3, cacheReadTokens: 40, thinkingTokens: 5 } })],
    rows: [{ type: 'settings', session: 'd1', model: 'm-1', ts: AT, usage: [10, 8, 3, 40, 0], flags: ['counted'] }],
    texts: [null],
    title: null,
  },
  {
    source: 'cursor',
    path: 'engine/agent-transcripts/c1/c1.jsonl',
    lines: [
      { role: 'user', message: { content: [{ type: 'text', text: '<user_query>\nList them\n</user_query>' }] } },
      { role: 'assistant', message: { content: [{ type: 'text', text: 'Here' }, { type: 'tool_use', name: 'Read', input: { path: 'y' } }] } },
    ],
    rows: [{ session: 'c1', role: 'user' }, { role: 'assistant', tools: [{ id: null, name: 'Read' }] }],
    texts: ['<user_query>\nList them\n</user_query>', 'Here\ny'],
    title: 'List them',
  },
  {
    source: 'kimi',
    path: 'abc/k1/wire.jsonl',
    lines: [
      { type: 'config.update', cwd: '/home/ada', modelAlias: 'kimi-code/k2' },
      { timestamp: 1_790_845_200.5, message: { type: 'TurnBegin', payload: { user_input: [{ type: 'text', text: 'Count' }] } } },
      { timestamp: 1_790_845_201, message: { type: 'ToolCall', payload: { type: 'function', id: 'k-1', function: { name: 'Shell', arguments: '{"command":"wc"}' } } } },
      { timestamp: 1_790_845_202, message: { type: 'ToolResult', payload: { tool_call_id: 'k-1', return_value: { is_error: false, output: '3' } } } },
      { timestamp: 1_790_845_203, message: { type: 'StatusUpdate', payload: { message_id: 'c-9', token_usage: { input_other: 11, output: 2, input_cache_read: 30, input_cache_creation: 0 } } } },
    ],
    rows: [
      { type: 'config.update', session: 'k1' },
      { type: 'TurnBegin', role: 'user', ts: '2026-10-01T09:00:00.500Z' },
      { type: 'ToolCall', role: 'assistant', tools: [{ id: 'k-1', name: 'Shell' }] },
      { type: 'ToolResult', role: 'tool', toolResults: [{ id: 'k-1', is_error: false }] },
      { type: 'StatusUpdate', model: 'kimi-code/k2', usage: [11, 2, 0, 30, 0] },
    ],
    texts: [null, 'Count', '{"command":"wc"}', '3', null],
    title: 'Count',
  },
  {
    source: 'kimi',
    path: 'wd_engine_057f5c09ee3f/session_1/agents/main/wire.jsonl',
    lines: [
      { type: 'metadata', protocol_version: '1.5', created_at: Date.parse(AT) },
      { type: 'config.update', cwd: '/home/ada/engine', modelAlias: 'kimi-code/k2' },
      { type: 'turn.prompt', input: [{ type: 'text', text: 'Count\nthem' }], time: Date.parse(AT) },
      { type: 'context.append_message', message: { role: 'user', origin: { kind: 'user' }, content: [{ type: 'text', text: 'Count\nthem' }] } },
      { type: 'llm.request', model: 'kimi-code/k3', time: Date.parse(AT) },
      { type: 'context.append_loop_event', event: { type: 'content.part', part: { type: 'think', think: 'How many' } }, time: Date.parse(AT) },
      { type: 'context.append_loop_event', event: { type: 'tool.call', toolCallId: 't-1', name: 'Bash', args: { command: 'wc' } }, time: Date.parse(AT) },
      { type: 'context.append_loop_event', event: { type: 'tool.result', toolCallId: 't-1', result: { isError: true, output: [{ type: 'text', text: 'no such file' }] } }, time: Date.parse(AT) },
      { type: 'context.append_loop_event', event: { type: 'step.end', usage: { inputOther: 11, output: 2, inputCacheRead: 30, inputCacheCreation: 4 } }, time: Date.parse(AT) },
      { type: 'usage.record', model: 'kimi-code/k3', usage: { inputOther: 11, output: 2, inputCacheRead: 30, inputCacheCreation: 4 }, usageScope: 'turn', time: Date.parse(AT) },
      { type: 'usage.record', usage: { inputOther: 99 }, usageScope: 'session', time: Date.parse(AT) },
    ],
    rows: [
      { type: 'metadata', session: 'session_1', ts: AT },
      { type: 'config.update' },
      { type: 'turn.prompt', role: 'user', flags: ['message', 'prompt'], ts: AT },
      { type: 'context.append_message' },
      { type: 'llm.request' },
      { type: 'content.part', role: 'assistant', model: 'kimi-code/k3' },
      { type: 'tool.call', tools: [{ id: 't-1', name: 'Bash' }] },
      { type: 'tool.result', role: 'tool', flags: ['error', 'message'], toolResults: [{ id: 't-1', is_error: true }] },
      { type: 'step.end' },
      { type: 'usage.record', model: 'kimi-code/k3', usage: [11, 2, 4, 30, 0] },
      { type: 'usage.record' },
    ],
    texts: [null, null, 'Count\nthem', null, null, 'How many', 'wc', 'no such file', null, null, null],
    title: 'Count',
  },
  {
    source: 'kimi',
    path: 'wd_engine_057f5c09ee3f/session_1/agents/coder-1/wire.jsonl',
    lines: [{ type: 'turn.prompt', input: 'Look', time: Date.parse(AT) }],
    rows: [{ session: 'session_1', agent: 'coder-1', role: 'user', flags: ['message'] }],
    texts: ['Look'],
    title: null,
  },
  {
    source: 'opencode',
    path: 'ses_4.jsonl',
    lines: [
      mirrored('session:ses_4', { session: { id: 'ses_4', title: `New session - ${AT}`, directory: '/home/ada', time_created: Date.parse(AT) } }),
      mirrored('message:msg_4', { info: { id: 'msg_4', role: 'user', time: { created: Date.parse(AT) } }, parts: [{ type: 'text', text: 'Go' }] }),
    ],
    rows: [{ session: 'ses_4', type: 'session' }, { role: 'user', uuid: 'message:msg_4' }],
    texts: [`New session - ${AT}`, 'Go'],
    title: 'Go',
  },
  {
    source: 'opencode',
    path: 'ses_1.jsonl',
    lines: [
      mirrored('session:ses_1', { session: { id: 'ses_1', title: 'Wheels', directory: '/home/ada', time_created: Date.parse(AT) } }),
      mirrored('message:msg_1', { info: { id: 'msg_1', role: 'user', time: { created: Date.parse(AT) } }, parts: [{ type: 'text', text: 'Go' }] }),
      mirrored('message:msg_2', { info: { id: 'msg_2', role: 'assistant', parentID: 'msg_1', modelID: 'm-2', time: { created: Date.parse(AT) }, tokens: { input: 5, output: 6, reasoning: 1, cache: { read: 7, write: 8 } } }, parts: [{ type: 'tool', callID: 'o1', tool: 'bash', state: { status: 'completed', input: { command: 'ls' }, output: 'a' } }, { type: 'tool', callID: 'o2', tool: 'task', state: { status: 'running', input: { description: 'Look', subagent_type: 'explore' }, metadata: { sessionId: 'ses_2' } } }] }),
      mirrored('part:prt_1', { part: { id: 'prt_1', messageID: 'msg_2', type: 'text', text: 'late' } }),
    ],
    rows: [
      { session: 'ses_1', type: 'session', uuid: 'session:ses_1', ts: AT },
      { type: 'message', role: 'user', uuid: 'message:msg_1' },
      { role: 'assistant', parent: 'message:msg_1', model: 'm-2', usage: [5, 7, 8, 7, 0], tools: [{ id: 'o1', name: 'bash' }, { id: 'o2', name: 'task' }], toolResults: [{ id: 'o1', is_error: false }] },
      { type: 'text', parent: 'message:msg_2' },
    ],
    texts: ['Wheels', 'Go', 'ls\na\nLook', 'late'],
    title: 'Wheels',
  },
  {
    source: 'opencode',
    path: 'ses_1/ses_2.jsonl',
    lines: [
      mirrored('session:ses_2', { session: { id: 'ses_2', parent_id: 'ses_1', title: 'Look', directory: '/home/ada/else', time_created: Date.parse(AT) } }),
      mirrored('message:msg_3', { info: { id: 'msg_3', role: 'user', time: { created: Date.parse(AT) } }, parts: [{ type: 'text', text: 'Look there' }] }),
    ],
    rows: [{ session: 'ses_1', agent: 'ses_2', type: 'session' }, { session: 'ses_1', agent: 'ses_2', role: 'user' }],
    texts: ['Look', 'Look there'],
    title: null,
  },
  {
    source: 'amp',
    path: 'T-1.jsonl',
    lines: [
      mirrored('thread', { thread: { id: 'T-1', created: Date.parse(AT), title: 'Jokes' } }),
      mirrored('message:0', { message: { role: 'user', messageId: 0, content: [{ type: 'text', text: 'One more' }], meta: { sentAt: Date.parse(AT) } } }),
      mirrored('message:1', { message: { role: 'assistant', messageId: 1, content: [{ type: 'tool_use', id: 'a-1', name: 'Read', input: { path: 'j' } }], usage: { model: 'm-3', inputTokens: 3, outputTokens: 70, cacheCreationInputTokens: 16, cacheReadInputTokens: 13, timestamp: AT } } }),
      mirrored('message:2', { message: { role: 'user', messageId: 2, content: [{ type: 'tool_result', toolUseID: 'a-1', run: { status: 'error' } }] } }),
    ],
    rows: [
      { session: 'T-1', type: 'thread' },
      { role: 'user', uuid: 'message:0', ts: AT },
      { role: 'assistant', model: 'm-3', usage: [3, 70, 16, 13, 0], tools: [{ id: 'a-1', name: 'Read' }] },
      { role: 'user', toolResults: [{ id: 'a-1', is_error: true }], ts: AT },
    ],
    texts: ['Jokes', 'One more', 'j', null],
    title: 'Jokes',
  },
];
