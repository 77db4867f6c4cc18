// GET /api/projects, /api/projects/{id}: projects with their usage, cost and activity.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest } from '../filters.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY, cursor, idParams, limit } from '../schemas/parameters.ts';

export function projectRoutes(app: App, { questions }: ServerDeps): void {
  app.get('/api/projects', {
    config: { cached: true },
    schema: {
      operationId: 'listProjects',
      summary: 'Projects, the last active first',
      tags: ['sessions'],
      querystring: Type.Object({ limit: limit(50, 500), cursor }),
      response: jsonAnswer('ProjectPage', 'A page of projects'),
    },
  }, ({ query }) => questions.projects(pageRequest(query)));

  app.get('/api/projects/:id', {
    config: { cached: 'project' },
    schema: {
      operationId: 'getProject',
      summary: 'One project',
      tags: ['sessions'],
      params: idParams,
      querystring: NO_QUERY,
      response: jsonAnswer('Project', 'The project', { found: true }),
    },
  }, ({ params }) => questions.project(params.id));
}
