// Schemas of jobs: what they are asked with, and how they stand.

import { Type } from 'typebox';
import { JOB_STATES, JOB_TYPES, SQL_JOB, type JobType } from '../../core/answers/jobs.ts';
import { ExportParameters } from './export-schema.ts';
import { nullable, pageOf, time } from './usage.ts';

const path = Type.Optional(Type.String({ maxLength: 1024, description: 'Below the folder exports of the data directory; a name is made where it is left out' }));
const strict = { additionalProperties: false } as const;

/** The body that asks for a job, by its type. */
export const JOB_BODIES = {
  archive_run: Type.Object({
    type: Type.Literal('archive_run'),
    all: Type.Optional(Type.Boolean({ default: false, description: 'Do not wait until sessions are quiet' })),
  }, { ...strict, description: 'Archive now what is due' }),
  archive_verify: Type.Object({
    type: Type.Literal('archive_verify'),
  }, { ...strict, description: 'Read every part again and compare it with what was archived' }),
  archive_compact: Type.Object({
    type: Type.Literal('archive_compact'),
  }, { ...strict, description: 'Make few large parts of many small ones' }),
  reconcile: Type.Object({
    type: Type.Literal('reconcile'),
  }, { ...strict, description: 'Hold the index against files and archive, with the content of every part' }),
  repair: Type.Object({
    type: Type.Literal('repair'),
  }, { ...strict, description: 'Put right what differs, as far as that loses nothing' }),
  export: Type.Object({
    type: Type.Literal('export'),
    path,
    types: ExportParameters.properties.type,
    ...Type.Partial(Type.Omit(ExportParameters, ['type'])).properties,
  }, { ...strict, description: 'What GET /api/export gives, into a file that appears when it is whole' }),
  sql: Type.Object({
    type: Type.Literal('sql'),
    sql: Type.String({ minLength: 1, description: 'One SELECT, as for POST /api/sql' }),
    format: Type.Optional(Type.Enum([...SQL_JOB.formats], { default: 'ndjson' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: SQL_JOB.rowsMax, default: SQL_JOB.rows, description: 'Rows at most' })),
    timeout_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: SQL_JOB.timeoutMaxMs, default: SQL_JOB.timeoutMs, description: 'After so long it is stopped' })),
    path,
  }, { ...strict, description: 'What POST /api/sql gives, into a file that appears when it is whole' }),
} as const satisfies Record<JobType, unknown>;

export const NewJob = Type.Union(JOB_TYPES.map((type) => JOB_BODIES[type]), { $id: 'NewJob' });

const JobProgress = Type.Object({
  done: Type.Number({ minimum: 0 }),
  total: Type.Number({ minimum: 0 }),
  unit: Type.String({ description: 'Of what, e.g. bytes or parts' }),
});

const JobError = Type.Object({
  code: Type.String({ description: 'A stable name of the kind of problem' }),
  message: Type.String(),
  hint: nullable(Type.String(), 'What to do about it'),
});

export const Job = Type.Object({
  id: Type.String({ description: 'Opaque' }),
  type: Type.Enum([...JOB_TYPES]),
  state: Type.Enum([...JOB_STATES]),
  progress: nullable(JobProgress, 'Null until something is known'),
  created_at: time('When it was asked for'),
  finished_at: nullable(time('When it ended'), 'Null until it is over'),
  result: Type.Unknown({ description: 'Of a job that is done; of a cancelled one what it had done by then, where it says so; else null' }),
  error: nullable(JobError, 'Of a failed job'),
}, { $id: 'Job' });

export const JobPage = pageOf('Job', 'JobPage');
