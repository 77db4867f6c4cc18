// Schemas of the lake as a whole: status, health, sums, problems.

import { Type } from 'typebox';
import { count, nullable, time } from './usage.ts';

const ArchiveStatus = Type.Object({
  parts: count('Parquet parts'),
  bytes: count('Bytes of the parts'),
  source_bytes: count('Bytes of source in them'),
  pending_bytes: count('Bytes of completed sessions not archived yet'),
  lost_bytes: count('Bytes of indexed lines whose file was deleted before they were archived'),
  last_error: nullable(Type.String()),
});

const StatusProblem = Type.Object({
  code: Type.String(),
  message: Type.String(),
  hint: nullable(Type.String()),
  path: nullable(Type.String()),
  since: time('When it began'),
});

export const Status = Type.Object({
  epoch: Type.String({ description: 'Changes whenever offsets may be reused' }),
  top: Type.String({ pattern: '^\\d+$', description: 'The highest committed lake offset' }),
  files: count('Source files'),
  bytes_total: count('Bytes in the files'),
  bytes_indexed: count('Bytes up to the last newline consumed of each file'),
  lines: count('Lines'),
  rejects: count('Lines rejected'),
  sessions: count('Sessions'),
  archive: ArchiveStatus,
  caught_up: Type.Boolean(),
  watch_mode: Type.Enum(['watch', 'sweep', 'none']),
  lag_ms: Type.Number({ minimum: 0, description: 'The age of the oldest append that was seen and is not committed yet; 0 when caught up' }),
  problems: Type.Array(StatusProblem),
  version: Type.String(),
  sample: Type.Boolean({ description: 'The sample is served because no logs were found' }),
  roots: Type.Array(Type.Object({ source: Type.String(), path: Type.String(), exists: Type.Boolean() })),
}, { $id: 'Status' });

export const Health = Type.Object({
  status: Type.Enum(['ok', 'degraded', 'starting']),
  checks: Type.Record(Type.String(), Type.Unknown()),
}, { $id: 'Health' });

export const Problem = Type.Object({
  type: Type.String({ format: 'uri' }),
  title: Type.String(),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  detail: Type.String(),
  code: Type.String({ description: 'A stable name of the kind of problem' }),
  parameter: Type.Optional(Type.String({ description: 'The parameter that was wrong' })),
  hint: Type.Optional(Type.String({ description: 'What to do about it' })),
  position: Type.Optional(Type.Object({ line: count('From 1'), column: count('From 1') }, { description: 'Where a statement of SQL is wrong' })),
}, { $id: 'Problem' });

export const OpenapiDocument = Type.Object({ openapi: Type.String() }, { $id: 'OpenapiDocument', additionalProperties: true });

export const Login = Type.Object({
  path: Type.String({ description: 'With the code; good once' }),
  expires_at: time('When it is not good any more'),
}, { $id: 'Login' });
