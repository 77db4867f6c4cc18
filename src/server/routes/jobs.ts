// /api/jobs: asks for work that the daemon does aside, and tells how it stands. Answers follow the
// jobs, not the lake, so none of them comes from the response cache.

import { Type } from 'typebox';
import type { JobPort } from '../../core/answers/jobs.ts';
import type { Questions } from '../../core/answers/questions.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest } from '../filters.ts';
import { jobRequest } from '../job-request.ts';
import { strictCompiler } from '../query.ts';
import { acceptedAnswer, jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY, cursor, idParams, limit } from '../schemas/parameters.ts';

export function jobRoutes(app: App, { jobs, questions }: ServerDeps): void {
  if (jobs === undefined) return;
  createRoute(app, jobs, questions);

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

function createRoute(app: App, jobs: JobPort, questions: Questions): void {
  app.post('/api/jobs', {
    schema: {
      operationId: 'createJob',
      summary: 'Asks for a job; they run one at a time',
      tags: ['jobs'],
      querystring: NO_QUERY,
      body: Type.Ref('NewJob'),
      response: acceptedAnswer('Job', 'The job, which waits for its turn', [400, 401, 403, 404, 413, 415, 429, 500, 503], ['Location']),
    },
    // The body is read by jobRequest, which can name what is wrong with it; the schema describes it.
    validatorCompiler: (part) => (part.httpPart === 'body' ? (body: unknown) => ({ value: body }) : strictCompiler(part)),
  }, async ({ body }, reply) => {
    const request = jobRequest(body);
    // A session nobody knows is a 404, not an empty file.
    if (request.type === 'export' && request.filter.session !== undefined) await questions.session(request.filter.session);
    const job = jobs.create(request);
    reply.code(202).header('location', `/api/jobs/${encodeURIComponent(job.id)}`);
    return job;
  });
}
