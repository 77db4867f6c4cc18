// Schemas of a session's ledger.

import { Type } from 'typebox';
import { cost, count, nullable, time } from './usage.ts';
import { rates } from './usage-schemas.ts';

const rule = Type.Union([Type.Literal('counted'), Type.Literal('inherited'), Type.Literal('replay')], {
  description: '`inherited`: another session had the call first. `replay`: a side chain repeats a call of a main thread under another request',
});

export const LedgerLine = Type.Object({
  offset: Type.String({ description: 'Lake offset' }),
  session_id: Type.String(),
  agent_id: nullable(Type.String()),
  file_id: Type.String(),
  path: Type.String(),
  line: count('1-based number of the line in its file'),
  byte_offset: count('First byte of the line'),
  byte_length: count('Bytes without the newline'),
  ts: nullable(time('When the line says')),
  usage: Type.Ref('Usage'),
  kept: Type.Boolean({ description: 'The call has this line\'s figures' }),
  rule: Type.Union([Type.Literal('largest'), Type.Literal('repeat')], { description: '`largest`: no other line of the call has more output' }),
}, { $id: 'LedgerLine' });

export const LedgerCall = Type.Object({
  id: Type.String({ description: 'Of its message and, behind a hyphen, its request' }),
  counted: Type.Boolean(),
  rule,
  ambiguous: Type.Boolean({ description: 'The message has several requests on main threads; each is counted' }),
  owner_session_id: Type.String({ description: 'The session it counts for' }),
  agent_id: nullable(Type.String()),
  model: nullable(Type.String()),
  at: nullable(time('Of the line that counts')),
  usage: Type.Ref('Usage'),
  cache_creation_1h_input_tokens: count('The part of `cache_creation_input_tokens` kept for an hour'),
  service_tier: nullable(Type.String(), 'null: the standard one'),
  web_search_requests: count('Web searches that the call made'),
  cost_usd: cost('This call'),
  price: nullable(Type.Object({ priced_as: Type.String(), source: Type.String(), date: Type.String({ format: 'date' }), ...rates })),
  line_count: count('Lines that tell of it'),
  lines: Type.Array(Type.Ref('LedgerLine'), { description: 'At most 10,000' }),
}, { $id: 'LedgerCall' });

export const LedgerPage = Type.Object({
  items: Type.Array(Type.Ref('LedgerCall')),
  has_more: Type.Boolean(),
  next_cursor: nullable(Type.String(), 'Pass as `cursor` for the next page'),
  totals: Type.Ref('Totals'),
}, { $id: 'LedgerPage' });
