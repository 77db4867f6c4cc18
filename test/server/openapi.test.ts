import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { serve } from './client.ts';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  summary: string;
  parameters?: { name: string; in: string; required: boolean; description?: string; schema: Json }[];
  responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>;
  security?: unknown[];
}
interface Document {
  openapi: string;
  info: Json;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; securitySchemes: Json };
  security: unknown[];
}

const PATHS = [
  '/health', '/health/performance', '/health/performance/queries', '/health/cache/clear', '/health/cache/cleanup', '/api/system/stats', '/api/logs', '/api/login', '/metrics', '/openapi.json', '/api/status', '/api/projects', '/api/projects/{id}', '/api/sessions', '/api/sessions/{id}',
  '/api/sessions/{id}/messages', '/api/sessions/{id}/messages/stream', '/api/sessions/{id}/subagents', '/api/sessions/{id}/tree', '/api/sessions/{id}/ledger',
  '/api/metrics/aggregate', '/api/events', '/api/search', '/api/metrics/series', '/api/usage/blocks', '/api/prices', '/api/files', '/api/rejects', '/api/archive', '/api/export',
  '/api/files/{id}/content',
  '/api/sessions/{id}/timeline', '/api/sessions/{id}/exchanges', '/api/sessions/{id}/metrics', '/api/sessions/{id}/tools', '/api/sessions/{id}/state', '/api/tracing/tree',
];

async function documentOf() {
  const running = await serve();
  return { ...running, document: (await running.get('/openapi.json')).json<Document>() };
}

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : refsIn(inner)));
}

/** The component schemas with their references as plain names, which TypeBox resolves. */
function contextOf(document: Document): Record<string, TSchema> {
  return JSON.parse(JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '')) as Record<string, TSchema>;
}

describe('the OpenAPI document', () => {
  it('is 3.1 and lists every route, described', async () => {
    const { document } = await documentOf();
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'sessionlake', version: '0.0.0' });
    expect(Object.keys(document.paths).sort()).toEqual(PATHS.sort());
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(new Set(operations.map((operation) => operation?.operationId)).size).toBe(PATHS.length);
    expect(operations.every((operation) => (operation?.summary ?? '') !== '')).toBe(true);
    for (const { operationId, parameters = [] } of operations) {
      expect([operationId, parameters.filter(({ description, schema }) => (description ?? schema['description'] ?? '') === '').map(({ name }) => name)]).toEqual([operationId, []]);
    }
  });

  it('resolves every reference and names every path parameter', async () => {
    const { document } = await documentOf();
    for (const ref of refsIn(document)) expect(document).toHaveProperty(ref.slice('#/'.length).split('/'));
    for (const [path, operations] of Object.entries(document.paths)) {
      const named = Object.values(operations)[0]?.parameters?.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`) ?? [];
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(named);
    }
  });

  it('tells defaults, maxima, problems and the token', async () => {
    const { document } = await documentOf();
    const list = document.paths['/api/sessions']?.['get'];
    expect(list?.parameters?.find(({ name }) => name === 'limit')).toMatchObject({ required: false, schema: { type: 'integer', default: 50, maximum: 500 } });
    expect(Object.keys(list?.responses ?? {})).toEqual(expect.arrayContaining(['200', '304', '400', '401', '403', '429', '500']));
    expect(list?.responses['400']?.content?.['application/problem+json']?.schema).toEqual({ $ref: '#/components/schemas/Problem' });
    expect(document.paths['/api/sessions/{id}']?.['get']?.responses['404']).toBeDefined();
    expect(document.components.securitySchemes['bearer']).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(document.security).toContainEqual({ bearer: [] });
    expect(document.paths['/health']?.['get']?.security).toEqual([]);
  });

  it('describes what is answered: every field, and nothing else', async () => {
    const { document, get } = await documentOf();
    const context = contextOf(document);
    for (const [path, operations] of Object.entries(document.paths)) {
      const schema = operations['get']?.responses['200']?.content?.['application/json']?.schema;
      if (schema === undefined) continue;
      const url = path.replace('{id}', path.startsWith('/api/projects') ? 'p1' : 's1');
      const answer = (await get(path === '/api/search' ? `${url}?q=x` : url)).json();
      const name = String(schema['$ref']).replace('#/components/schemas/', '');
      const errors = Compile(context, { $ref: name }).Errors(answer);
      expect({ path, errors }).toEqual({ path, errors: [] });
      if (name !== 'OpenapiDocument') expect({ path, unknown: unknownKeys(answer, { $ref: name }, context) }).toEqual({ path, unknown: [] });
    }
  });
});

/** Keys of an answer that its schema does not speak of. */
function unknownKeys(value: unknown, schema: TSchema | undefined, context: Record<string, TSchema>): string[] {
  const { $ref, properties, items, additionalProperties } = (schema ?? {}) as {
    $ref?: string; properties?: Record<string, TSchema>; items?: TSchema; additionalProperties?: boolean;
  };
  if ($ref !== undefined) return unknownKeys(value, context[$ref], context);
  if (Array.isArray(value)) return value.flatMap((item) => unknownKeys(item, items, context));
  if (typeof value !== 'object' || value === null || properties === undefined || additionalProperties === true) return [];
  return Object.entries(value).flatMap(([key, inner]) => (properties[key] === undefined ? [key] : unknownKeys(inner, properties[key], context)));
}
