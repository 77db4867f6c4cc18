// Schemas of a session's time line and turns.

import { Type } from 'typebox';
import { TIMELINE_KINDS } from '../../core/answers/session-views.ts';
import { cost, count, nullable, pageOf, time, unpriced } from './usage.ts';

const TimelineTool = Type.Object({
  id: nullable(Type.String()),
  name: Type.String(),
  is_error: nullable(Type.Boolean(), 'Null while there is no result'),
  ended_at: nullable(time('When its result was written')),
  duration_ms: nullable(Type.Number({ minimum: 0, description: 'From the call to its result' })),
  result: nullable(Type.String(), 'The result, or its beginning'),
  agent_id: nullable(Type.String(), 'The subagent that it started'),
});

export const TimelineEntry = Type.Object({
  kind: Type.Enum([...TIMELINE_KINDS], { description: '`prompt`: typed by a human; `subagent`: a tool call that started one; `message`: any other record with a role; `event`: one without' }),
  offset: Type.String({ pattern: '^\\d+$', description: 'Lake offset, a decimal string' }),
  ts: time('When the line says it was written'),
  agent_id: nullable(Type.String(), "Null on the session's main thread"),
  depth: count('0: the main thread; 1: an agent that it started; …'),
  type: nullable(Type.String()),
  role: nullable(Type.String()),
  model: nullable(Type.String()),
  uuid: nullable(Type.String()),
  is_error: Type.Boolean({ description: 'It says so, or the result of one of its tools does' }),
  text: nullable(Type.String(), 'Readable text, or its beginning'),
  cut: Type.Boolean({ description: 'A text is only the beginning' }),
  tools: Type.Array(TimelineTool),
}, { $id: 'TimelineEntry' });

export const TimelinePage = Type.Object({
  ...pageOf('TimelineEntry', 'TimelinePage').properties,
  timeline_total: count('Entries on all pages'),
  timeline_truncated: Type.Boolean({ description: 'More entries follow this page' }),
}, { $id: 'TimelinePage' });

export const Exchange = Type.Object({
  offset: Type.String({ pattern: '^\\d+$', description: 'Lake offset of the prompt' }),
  uuid: nullable(Type.String(), 'Of the prompt'),
  prompt: nullable(Type.String()),
  answer: nullable(Type.String(), 'The last that the model said in it'),
  cut: Type.Boolean({ description: 'prompt or answer is only the beginning' }),
  started_at: nullable(time('When the prompt was written')),
  ended_at: nullable(time("The turn's last dated record")),
  duration_ms: nullable(Type.Number({ minimum: 0 })),
  records: count("Of the main thread, the prompt's included"),
  tools: Type.Array(Type.Object({ name: Type.String(), calls: count('Calls'), errors: count('Results that are errors') }), { description: 'Most calls first' }),
  tool_call_count: count('Tool calls'),
  error_count: count('Records that are errors, or have a tool result that is one'),
  models: Type.Array(Type.String()),
  calls: count('Model calls'),
  usage: Type.Ref('Usage'),
  cost_usd: cost('Its model calls'),
  unpriced_calls: unpriced,
}, { $id: 'Exchange' });

export const ExchangePage = pageOf('Exchange', 'ExchangePage');

const own = 'Of the main thread';
const rollup = 'With all subagents';

const spending = {
  calls: count(own),
  calls_rollup: count(rollup),
  usage: Type.Ref('Usage'),
  usage_rollup: Type.Ref('Usage'),
  cost_usd: cost("The main thread's model calls"),
  cost_rollup_usd: cost(rollup),
  unpriced_calls: unpriced,
};

export const SessionMetrics = Type.Object({
  session_id: Type.String(),
  started_at: nullable(time('First dated line')),
  last_activity: nullable(time('Last dated line')),
  duration_ms: nullable(Type.Number({ minimum: 0, description: 'Between them' })),
  record_count: count(own),
  record_count_rollup: count(rollup),
  message_count: count(own),
  message_count_rollup: count(rollup),
  tool_call_count: count(own),
  tool_call_count_rollup: count(rollup),
  error_count: count(own),
  error_count_rollup: count(rollup),
  subagent_count: count('Subagents, at any depth'),
  ...spending,
  models: Type.Array(Type.Ref('ModelUsage'), { description: `${rollup}, the dearest first` }),
  tools: Type.Array(Type.Object({ name: Type.String(), calls: count(own), calls_rollup: count(rollup) }), { description: 'Most calls first' }),
}, { $id: 'SessionMetrics' });

const duration = (description: string) => nullable(Type.Number({ minimum: 0 }), `${description}, of all threads; null where no call has a result`);

export const SessionTool = Type.Object({
  name: Type.String(),
  calls: count(own),
  calls_rollup: count(rollup),
  errors: count('Results that are errors, of the main thread'),
  errors_rollup: count(rollup),
  open: count('Calls without a result, of the main thread'),
  open_rollup: count(rollup),
  p50_ms: duration('Half of the calls took no longer'),
  max_ms: duration('The longest'),
  total_ms: duration('All together'),
  first_used_at: nullable(time('Of all threads')),
  last_used_at: nullable(time('Of all threads')),
}, { $id: 'SessionTool' });

export const SessionToolPage = pageOf('SessionTool', 'SessionToolPage');

export const TracingItem = Type.Object({
  session: Type.Ref('Session'),
  children: Type.Array(Type.Ref('AgentNode')),
  children_truncated: Type.Boolean({ description: 'Not all subagents are shown' }),
}, { $id: 'TracingItem' });

export const TracingPage = pageOf('TracingItem', 'TracingPage');

export const SessionState = Type.Object({
  session_id: Type.String(),
  at: time('The time asked for'),
  started_at: nullable(time('First dated line; null: it had not begun')),
  last_activity: nullable(time('Last dated line by then')),
  record_count: count('Of all threads'),
  message_count: count(own),
  tool_call_count: count(own),
  error_count: count(own),
  subagent_count: count('Begun by then, at any depth'),
  ...spending,
  open_tool_calls: Type.Array(Type.Object({
    id: Type.String(),
    name: Type.String(),
    agent_id: nullable(Type.String()),
    started_at: time('Of the call'),
    offset: Type.String({ pattern: '^\\d+$', description: 'Lake offset of the call' }),
  }), { description: 'Calls without a result then, of all threads, the newest first; at most 1,000' }),
  open_tool_call_count: count('All of them'),
  running_subagents: Type.Array(Type.Object({
    id: Type.String(),
    tool_use_id: nullable(Type.String(), 'The tool call that started it'),
    type: nullable(Type.String()),
    description: nullable(Type.String()),
    started_at: time('First dated line'),
  }), { description: 'In the order in which they began; at most 1,000' }),
  running_subagent_count: count('All of them'),
}, { $id: 'SessionState' });
