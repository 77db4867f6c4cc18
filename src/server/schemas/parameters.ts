// Query parameters that several routes share, with their defaults and maxima.

import { Type } from 'typebox';
import { SESSION_STATUSES } from './session-schemas.ts';

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const names = (description: string) => Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: `${description}; repeatable, or separated by commas` }));
export const time = (description: string) => text(`${description}: an ISO 8601 date or time, UTC where no zone is given`);

export const limit = (fallback: number, maximum: number) => Type.Integer({ default: fallback, minimum: 1, maximum, description: 'Items at most' });
export const cursor = text('The next_cursor of the page before');

export const idParams = Type.Object({ id: Type.String({ minLength: 1, description: 'Opaque' }) });

export const NO_QUERY = Type.Object({});

export const placeParameters = {
  project: text('Project id'),
  source: text("Adapter's id, e.g. claude-code"),
};

export const timeParameters = {
  since: time('From, inclusive'),
  until: time('To, exclusive'),
};

/** The filters of sessions, as lists and sums take them. */
export const sessionParameters = {
  ...placeParameters,
  ...timeParameters,
  status: Type.Optional(Type.Enum([...SESSION_STATUSES], { description: 'How the session stands' })),
  model: text('A model that the session used'),
  q: text('Part of the title, letter case ignored'),
};

export const sessionId = text('Session id');
export const month = Type.Optional(Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])$', examples: ['2026-11'], description: 'UTC month' }));
export const reason = text('Why the line was not indexed, or is flagged');
export const file = text('File id');

export const content = Type.Enum(['none', 'text', 'raw'], { default: 'text', description: 'How much of a line goes with its record' });
export const duplicates = Type.Boolean({ default: false, description: 'With lines that repeat a (session, uuid)' });
export const kept = Type.Optional(Type.Boolean({ description: 'Records in which something is wrong, rather than lines that are none' }));
export const dimension = text('NAME=VALUE: only records whose dimension NAME, as configured for a jsonl source, is VALUE');

export const recordParameters = {
  type: names('Record types; `*`: every type'),
  role: text('Role, e.g. user or assistant'),
  tool: names('Names of tools called'),
  agent: text('A subagent; `*`: all threads'),
};

/** The filters of records of the whole lake. */
export const filterParameters = {
  session: sessionId,
  ...placeParameters,
  ...recordParameters,
  ...timeParameters,
  model: text('Model name'),
  is_error: Type.Optional(Type.Boolean({ description: 'true: only records that tell of a failure: a tool result that is an error, a call that the API refused; false: only the others' })),
};

export const rangeParameters = {
  after: Type.Optional(Type.String({ pattern: '^\\d{1,30}$', examples: ['1200'], description: 'Go on after this lake offset' })),
  upto: Type.Optional(Type.String({ pattern: '^\\d{1,30}$', examples: ['1200'], description: 'Snapshot: no record beyond this lake offset. Default: the top, which X-Lake-Top says' })),
};
