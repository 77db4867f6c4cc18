// Schemas of search.

import { Type } from 'typebox';
import { count, nullable, pageOf, time } from './usage.ts';

export const SearchHit = Type.Object({
  offset: Type.String({ pattern: '^\\d+$', description: 'Lake offset, a decimal string' }),
  session_id: Type.String(),
  agent_id: nullable(Type.String(), "Null on the session's main thread"),
  source: Type.String(),
  project: Type.String(),
  file_id: Type.String(),
  line: Type.Integer({ minimum: 1 }),
  ts: nullable(time('When the line says it was written')),
  type: nullable(Type.String()),
  role: nullable(Type.String()),
  uuid: nullable(Type.String()),
  score: Type.Number({ minimum: 0, maximum: 1, description: 'How much of the text it is' }),
  snippet: Type.String({ description: 'The text around the first place' }),
  highlights: Type.Array(Type.Array(Type.Integer({ minimum: 0 })), { description: 'Where in the snippet it stands: [from, to), in UTF-16 units' }),
}, { $id: 'SearchHit' });

const { properties } = pageOf('SearchHit', 'SearchPage');

export const SearchPage = Type.Object({ ...properties, searched_bytes: count('Bytes of lines that were looked through for this page') }, { $id: 'SearchPage' });
