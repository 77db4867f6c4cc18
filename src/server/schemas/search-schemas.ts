// Schemas of search.

import { Type } from 'typebox';
import { recordNames, recordPlace } from './record-schemas.ts';
import { count, pageOf } from './usage.ts';

export const SearchHit = Type.Object({
  ...recordPlace,
  ...recordNames,
  score: Type.Number({ minimum: 0, maximum: 1, description: 'How much of the text it is' }),
  snippet: Type.String({ description: 'The text around the first place' }),
  highlights: Type.Array(Type.Array(Type.Integer({ minimum: 0 })), { description: 'Where in the snippet it stands: [from, to), in UTF-16 units' }),
}, { $id: 'SearchHit' });

const { properties } = pageOf('SearchHit', 'SearchPage');

export const SearchPage = Type.Object({ ...properties, searched_bytes: count('Bytes of the lines from the page before to the end of this one, which were looked through') }, { $id: 'SearchPage' });
