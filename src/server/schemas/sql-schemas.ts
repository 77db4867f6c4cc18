// Schemas of users' SQL.

import { Type } from 'typebox';
import { SQL_LIMITS } from '../../core/answers/sql.ts';
import { count, nullable } from './usage.ts';

export const SqlQuestion = Type.Object({
  sql: Type.String({ minLength: 1, description: 'One SELECT' }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: SQL_LIMITS.rowsMax, default: SQL_LIMITS.rows, description: 'Rows at most' })),
  timeout_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: SQL_LIMITS.timeoutMaxMs, default: SQL_LIMITS.timeoutMs, description: 'After so long it is stopped' })),
}, { $id: 'SqlQuestion', additionalProperties: false });

export const SqlAnswer = Type.Object({
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String({ description: "The engine's name of it" }) })),
  rows: Type.Array(Type.Array(Type.Unknown()), { description: 'Values in the order of the columns' }),
  row_count: count('Rows'),
  truncated: nullable(Type.Enum(['rows', 'bytes']), 'Why rows are missing: more than `limit`, or more than 16 MiB'),
  elapsed_ms: Type.Number({ minimum: 0 }),
}, { $id: 'SqlAnswer' });
