// The OpenAPI 3.1 document, made of the schemas the routes are checked with.

import swagger from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import type { TSchema } from 'typebox';
import type { App } from '../app.ts';
import { tellHeaders, type OpenapiLike } from '../schemas/answer-headers.ts';
import * as diagnostics from '../schemas/diagnostic-schemas.ts';
import * as jobs from '../schemas/job-schemas.ts';
import * as lake from '../schemas/lake-schemas.ts';
import * as ledger from '../schemas/ledger-schemas.ts';
import * as records from '../schemas/record-schemas.ts';
import { Reconcile } from '../schemas/reconcile-schema.ts';
import { SearchHit, SearchPage } from '../schemas/search-schemas.ts';
import { Series } from '../schemas/series-schema.ts';
import { SqlAnswer, SqlQuestion } from '../schemas/sql-schemas.ts';
import * as sessions from '../schemas/session-schemas.ts';
import * as usage from '../schemas/usage-schemas.ts';
import { Usage } from '../schemas/usage.ts';
import * as views from '../schemas/view-schemas.ts';

const NAMED: readonly TSchema[] = [
  Usage,
  sessions.Session, sessions.SessionPage, sessions.Project, sessions.ProjectPage,
  sessions.Agent, sessions.AgentPage, sessions.AgentNode, sessions.SessionTree,
  records.LakeRecord, records.RecordPage, records.SourceFile, records.SourceFilePage,
  records.Reject, records.RejectPage, records.ArchivePart, records.ArchivePartPage,
  usage.ModelUsage, usage.Totals, usage.Aggregate, Series, usage.Blocks, usage.Prices,
  views.TimelineEntry, views.TimelinePage, views.Exchange, views.ExchangePage, views.SessionMetrics, views.SessionTool, views.SessionToolPage,
  views.TracingItem, views.TracingPage, views.SessionState,
  ledger.LedgerLine, ledger.LedgerCall, ledger.LedgerPage,
  lake.Status, lake.Health, lake.Problem, lake.OpenapiDocument, lake.Login,
  diagnostics.Performance, diagnostics.CacheDropped, diagnostics.QueryProfile, diagnostics.SystemStats, diagnostics.LogPage,
  SearchHit, SearchPage, SqlQuestion, SqlAnswer,
  jobs.Job, jobs.JobPage, jobs.NewJob,
  Reconcile,
];

const DESCRIPTION = 'Sessions of coding agents: indexed, archived, streamed. '
  + 'Times are ISO 8601 UTC, sizes are bytes, money is USD, lake offsets are decimal strings. '
  + 'Unknown query parameters are errors.';

/** Before the routes: it learns of them as they are added. */
export async function installOpenapi(app: App, version: string): Promise<void> {
  for (const schema of NAMED) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'sessionlake', version, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/' }],
      tags: [
        { name: 'sessions', description: 'Projects, sessions, messages and subagents' },
        { name: 'usage', description: 'Sums of tokens and cost' },
        { name: 'lake', description: 'Bulk export, source files and archive' },
        { name: 'jobs', description: 'Work that the daemon does aside' },
        { name: 'daemon', description: 'State of the daemon' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'The token in the data directory' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'sessionlake_token' },
        },
      },
      security: [{ bearer: [] }, { cookie: [] }],
    },
    convertConstToEnum: false,
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => (typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`) },
    transformObject: (made) => {
      const document = 'openapiObject' in made ? made.openapiObject : made.swaggerObject;
      tellHeaders(document as OpenapiLike);
      return document;
    },
    transform: ({ schema, url }) => ({ schema: optionalWhereDefaulted(schema ?? {}), url }),
  });
}

/** To a handler a parameter with a default is always there; to a client it may be left out. */
function optionalWhereDefaulted(schema: FastifySchema): FastifySchema {
  const query = schema.querystring as { properties?: Record<string, TSchema & { default?: unknown }>; required?: string[] } | undefined;
  if (query?.properties === undefined) return schema;
  const { properties, required = [] } = query;
  return { ...schema, querystring: { ...query, required: required.filter((name) => properties[name]?.default === undefined) } };
}
