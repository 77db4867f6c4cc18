// /api/jobs: asks for work that the daemon does aside, and tells how it stands. Answers follow the
// jobs, not the lake, so none of them comes from the response cache.

import { Type } from 'typebox';
import { LakeError } from '../../core/errors.ts';
import { JOB_TYPES, type JobPort, type JobRequest, type JobType } from '../../core/jobs.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest } from '../filters.ts';
import { invalid, strictCompiler } from '../query.ts';
import { acceptedAnswer, jsonAnswer } from '../schemas/answers.ts';
import { JOB_BODIES } from '../schemas/job-schemas.ts';
import { NO_QUERY, cursor, idParams, limit } from '../schemas/parameters.ts';

const TYPES = JOB_TYPES.join(', ');

export function jobRoutes(app: App, { jobs }: ServerDeps): void {
  if (jobs === undefined) return;
  createRoute(app, jobs);

  app.get('/api/jobs', {
    schema: {
      operationId: 'listJobs',
      summary: 'Jobs, the newest first',
      tags: ['jobs'],
      querystring: Type.Object({ limit: limit(50, 500), cursor }),
      response: jsonAnswer('JobPage', 'A page of jobs'),
    },
  }, async ({ query }) => jobs.list(pageRequest(query)));

  app.get('/api/jobs/:id', {
    schema: {
      operationId: 'getJob',
      summary: 'How a job stands',
      tags: ['jobs'],
      params: idParams,
      querystring: NO_QUERY,
      response: jsonAnswer('Job', 'The job', { found: true }),
    },
  }, async ({ params }) => jobs.get(params.id));

  app.delete('/api/jobs/:id', {
    schema: {
      operationId: 'cancelJob',
      summary: 'Cancels a job; one that is over stays as it is',
      tags: ['jobs'],
      params: idParams,
      querystring: NO_QUERY,
      response: acceptedAnswer('Job', 'The job; one that runs is cancelled once it has stopped', [400, 401, 403, 404, 429, 500, 503]),
    },
  }, async ({ params }, reply) => {
    reply.code(202);
    return jobs.cancel(params.id);
  });
}

function createRoute(app: App, jobs: JobPort): void {
  app.post('/api/jobs', {
    schema: {
      operationId: 'createJob',
      summary: 'Asks for a job; they run one at a time',
      tags: ['jobs'],
      querystring: NO_QUERY,
      body: Type.Ref('NewJob'),
      response: acceptedAnswer('Job', 'The job, which waits for its turn', [400, 401, 403, 413, 415, 429, 500, 503], { Location: 'Where to ask how it stands' }),
    },
    // The body is read by jobRequest, which can name what is wrong with it; the schema describes it.
    validatorCompiler: (part) => (part.httpPart === 'body' ? (body: unknown) => ({ value: body }) : strictCompiler(part)),
  }, async ({ body }, reply) => {
    const job = jobs.create(jobRequest(body));
    reply.code(202).header('location', `/api/jobs/${encodeURIComponent(job.id)}`);
    return job;
  });
}

/** Reads a body strictly. Errors name the parameter. */
function jobRequest(body: unknown): JobRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new LakeError('bad_request', 'The body must be a JSON object.', { hint: `For example {"type":"${JOB_TYPES[0]}"}. Types: ${TYPES}.` });
  }
  const given = body as Record<string, unknown>;
  const type = typeOf(given['type']);
  const known = Object.keys(JOB_BODIES[type].properties);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw invalid(unknown, `A job of type ${type} has no parameter ${JSON.stringify(unknown)}.`, { hint: `Known parameters: ${known.join(', ')}.` });
  }
  switch (type) {
    case 'archive_run': return { type, all: flagOf('all', given['all']) };
    case 'archive_verify':
    case 'archive_compact':
    case 'reconcile':
    case 'repair': return { type };
  }
}

function typeOf(given: unknown): JobType {
  const type = JOB_TYPES.find((candidate) => candidate === given);
  if (type !== undefined) return type;
  if (given === undefined) throw invalid('type', `The parameter type is needed: one of ${TYPES}.`);
  throw invalid('type', `There are no jobs of type ${JSON.stringify(given)} here; available are ${TYPES}.`);
}

function flagOf(name: string, given: unknown): boolean {
  if (given === undefined) return false;
  if (typeof given === 'boolean') return given;
  throw invalid(name, `The parameter ${name} must be true or false.`);
}
