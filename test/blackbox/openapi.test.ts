// Every operation of the OpenAPI document, asked as it says and as it says not to, of a daemon over the sample:
// a new endpoint is among them as soon as the document has it. Random requests, from a fixed seed: none
// fails inside, every answer is what the document says, and every refusal says what was wrong.

import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Validator } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../bench/generator/rng.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const SAMPLE = fileURLToPath(new URL('../../data/sample/claude-code', import.meta.url));
const SEED = Number(process.env['OPENAPI_SEED'] ?? 5);
const REQUESTS = 1000;
const AT_ONCE = 8;
const METHODS = ['get', 'post', 'delete'] as const;

interface Parameter {
  name: string;
  in: 'query' | 'path';
  required?: boolean;
  schema: { type?: string; enum?: unknown[]; minimum?: number; maximum?: number; pattern?: string; items?: object };
}

interface Operation {
  path: string;
  method: (typeof METHODS)[number];
  operationId: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: TSchema }> };
  responses: Record<string, Documented>;
}

interface Documented {
  headers?: Record<string, { required: boolean }>;
  content?: Record<string, { schema: TSchema }>;
}

interface Document {
  paths: Record<string, Record<string, Omit<Operation, 'path' | 'method'>>>;
  components: { schemas: Record<string, TSchema>; headers: Record<string, { required: boolean }> };
}

/** What any answer of HTTP has, and what tells browsers not to trust it. */
const NOT_TOLD = new Set([
  'connection', 'content-encoding', 'content-length', 'content-type', 'date', 'keep-alive', 'transfer-encoding',
  'content-security-policy', 'cross-origin-resource-policy', 'referrer-policy', 'x-content-type-options', 'x-frame-options',
]);

interface Asked {
  operation: Operation;
  url: string;
  body?: unknown;
  /** What is wrong with it; null where nothing is known to be. */
  wrong: string | null;
}

describe('the operations of the OpenAPI document', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let operations: Operation[] = [];
  let context: Record<string, TSchema> = {};
  const validators = new Map<string, Validator>();
  const ids: Record<string, string[]> = {};

  beforeAll(async () => {
    mkdirSync(workspace.root, { recursive: true });
    cpSync(SAMPLE, join(workspace.root, 'sample'), { recursive: true });
    daemon = await workspace.start(['--no-archive', '--rate-limit', '1000000', '--log-level', 'error']);
    await daemon.caughtUp();
    const document = await daemon.get<Document & Record<string, unknown>>('/openapi.json');
    context = JSON.parse(JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '')) as Record<string, TSchema>;
    operations = Object.entries(withHeaders(document)).flatMap(([path, methods]) => METHODS.flatMap((method) => {
      const operation = methods[method];
      return operation === undefined ? [] : [{ path, method, ...operation }];
    }));
    const known = async (list: string): Promise<string[]> => (await daemon.all<{ id: string }>(list)).map(({ id }) => id);
    ids['sessions'] = await known('/api/sessions');
    ids['projects'] = await known('/api/projects');
    await daemon.fetch('/api/jobs', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"type":"archive_verify"}' });
    ids['jobs'] = await known('/api/jobs');
  });
  afterAll(() => workspace.remove());

  /** Null where an answer is as the document says. */
  async function problemOf({ operation, url, body, wrong }: Asked): Promise<string | null> {
    const told = `${operation.method.toUpperCase()} ${url}${body === undefined ? '' : ` ${JSON.stringify(body)}`}${wrong === null ? '' : ` (${wrong})`}`;
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await daemon.fetch(url, { method: operation.method.toUpperCase(), redirect: 'manual', ...sent });
    const type = answer.headers.get('content-type')?.split(';', 1)[0] ?? '';
    const text = await answer.text();
    const described = operation.responses[String(answer.status)];
    if (answer.status >= 500 && answer.status !== 503) return `${told}: ${answer.status} ${text}`;
    if (described === undefined) return `${told}: ${answer.status} is not in the document: ${text.slice(0, 300)}`;
    const headers = headerProblem(answer, described);
    if (headers !== null) return `${told}: ${answer.status} ${headers}`;
    if (wrong !== null && answer.status < 400) return `${told}: ${answer.status}`;
    if (answer.status >= 400) return refusalProblem(told, answer.status, type, text, wrong);
    const schema = described.content?.[type]?.schema;
    if (schema === undefined) return `${told}: ${type} is not in the document`;
    if (type !== 'application/json') return null;
    const errors = validatorOf(schema).Errors(JSON.parse(text));
    return errors.length === 0 ? null : `${told}: ${JSON.stringify(errors.slice(0, 3))}`;
  }

  /** Null where what was sent is what the document lists. */
  function headerProblem(answer: Response, { headers = {} }: Documented): string | null {
    const listed = new Map(Object.entries(headers).map(([name, { required }]) => [name.toLowerCase(), required]));
    const unlisted = Array.from(answer.headers.keys()).filter((name) => !listed.has(name) && !NOT_TOLD.has(name));
    const missing = Array.from(listed).filter(([name, required]) => required && !answer.headers.has(name)).map(([name]) => name);
    return unlisted.length + missing.length === 0 ? null : `not listed: ${unlisted.join(', ')}; listed but not sent: ${missing.join(', ')}`;
  }

  function refusalProblem(told: string, status: number, type: string, text: string, wrong: string | null): string | null {
    if (type !== 'application/problem+json') return `${told}: ${status} as ${type}`;
    const problem = JSON.parse(text) as { status: number; code: string; parameter?: string };
    const errors = validatorOf({ $ref: 'Problem' } as TSchema).Errors(problem);
    if (errors.length > 0 || problem.status !== status) return `${told}: ${text}`;
    const parameter = wrong?.startsWith('parameter ') === true ? wrong.slice('parameter '.length) : null;
    return parameter === null || problem.parameter === parameter ? null : `${told}: names ${problem.parameter ?? 'no parameter'}: ${text}`;
  }

  /** The paths with what they say of headers in its place. */
  function withHeaders({ paths, components }: Document): Document['paths'] {
    const prefix = '#/components/headers/';
    return JSON.parse(JSON.stringify(paths), (_key, inner: { $ref?: string } | null) => {
      const ref = inner?.$ref ?? '';
      return ref.startsWith(prefix) ? components.headers[ref.slice(prefix.length)] : inner;
    }) as Document['paths'];
  }

  function validatorOf(schema: TSchema): Validator {
    const plain = JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '')) as TSchema;
    const key = JSON.stringify(plain);
    const validator = validators.get(key) ?? Compile(context, plain);
    validators.set(key, validator);
    return validator;
  }

  function urlOf({ path }: Operation, id: string, query: readonly (readonly [string, string])[] = []): string {
    return path.replace(/\{\w+\}/, encodeURIComponent(id)) + (query.length === 0 ? '' : `?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()}`);
  }

  function idFor({ path }: Operation, rng: Rng): string {
    return rng.pick(ids[path.split('/')[2] ?? ''] ?? ['none']) ?? 'none';
  }

  const requiredOf = (operation: Operation, rng: Rng): [string, string][] =>
    (operation.parameters ?? []).filter((parameter) => parameter.in === 'query' && parameter.required === true).map((parameter) => [parameter.name, valueFor(parameter, rng, ids)]);

  it('are there: those of the contract, each with an id of its own', () => {
    expect(operations.length).toBeGreaterThan(25);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { responses } of operations) expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '405', '408', '429', '431', '500']));
  });

  it('answer as NDJSON exactly where the document says that they may', async () => {
    const rng = new Rng(SEED);
    for (const operation of operations.filter(({ method, responses }) => method === 'get' && 'application/json' in (responses['200']?.content ?? {}))) {
      const answer = await daemon.fetch(urlOf(operation, idFor(operation, rng), requiredOf(operation, rng)), { headers: { accept: 'application/x-ndjson' } });
      const isNdjson = answer.headers.get('content-type') === 'application/x-ndjson';
      expect([operation.path, answer.status, isNdjson]).toEqual([operation.path, 200, 'application/x-ndjson' in (operation.responses['200']?.content ?? {})]);
      if (!isNdjson) continue;
      const lines = (await answer.text()).trimEnd().split('\n');
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'end', rows: lines.length - 1, sha256: expect.any(String) as string });
    }
  });

  it('answer as the document says when they are asked as it says', async () => {
    const rng = new Rng(SEED);
    const problems: (string | null)[] = [];
    for (const operation of operations) {
      if (operation.requestBody !== undefined) continue;
      problems.push(await problemOf({ operation, url: urlOf(operation, idFor(operation, rng), requiredOf(operation, rng)), wrong: null }));
    }
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  });

  it('refuse an unknown parameter, a missing one, each that is out of its range, and who has no token', async () => {
    const rng = new Rng(SEED);
    const asked: Asked[] = [];
    for (const operation of operations) {
      const id = idFor(operation, rng);
      const needed = requiredOf(operation, rng);
      const body = operation.requestBody === undefined ? {} : { body: {} };
      asked.push({ operation, url: urlOf(operation, id, [...needed, ['surprise', '1']]), wrong: 'parameter surprise', ...body });
      for (const [name] of needed) asked.push({ operation, url: urlOf(operation, id, needed.filter(([other]) => other !== name)), wrong: `parameter ${name}` });
      for (const parameter of operation.parameters ?? []) {
        if (parameter.in === 'path') continue;
        const others = needed.filter(([name]) => name !== parameter.name);
        for (const value of badValuesFor(parameter)) asked.push({ operation, url: urlOf(operation, id, [...others, [parameter.name, value]]), wrong: `parameter ${parameter.name}`, ...body });
      }
      if (operation.path.includes('{')) asked.push({ operation, url: urlOf(operation, 'no-such-thing', needed), wrong: 'nothing there' });
    }
    const problems = [];
    for (const one of asked) problems.push(await problemOf(one));
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
    for (const { path, method, security } of operations) {
      const answer = await fetch(new URL(path.replace(/\{\w+\}/, 'x'), daemon.url), { method: method.toUpperCase() });
      expect([path, answer.status]).toEqual([path, security?.length === 0 ? 200 : 401]);
    }
  });

  it('list the headers of answers without content, and of those to what is no operation', async () => {
    const list = operations.find(({ operationId }) => operationId === 'listSessions');
    const etag = (await daemon.fetch('/api/sessions?limit=1')).headers.get('etag') ?? '';
    const asked: [number, string, RequestInit][] = [
      [200, '/api/sessions?limit=1', {}],
      [200, '/api/sessions?limit=1', { method: 'HEAD' }],
      [200, '/api/sessions?limit=1', { headers: { accept: 'application/x-ndjson' } }],
      [304, '/api/sessions?limit=1', { headers: { 'if-none-match': etag } }],
      [400, '/api/sessions/%E0%A4%A', {}],
      [401, '/api/sessions', { headers: { authorization: 'Bearer other' } }],
      [403, '/api/sessions', { headers: { origin: 'http://elsewhere.example' } }],
      [405, '/api/sessions', { method: 'PUT' }],
    ];
    for (const [status, path, init] of asked) {
      const answer = await daemon.fetch(path, init);
      expect([path, answer.status, headerProblem(answer, list?.responses[String(status)] ?? {})]).toEqual([path, status, null]);
    }
  });

  it(`never fail inside, whatever is asked (${REQUESTS} random requests, seed ${SEED})`, async () => {
    const rng = new Rng(SEED);
    const problems: (string | null)[] = [];
    for (let n = 0; n < REQUESTS; n += AT_ONCE) {
      const requests = Array.from({ length: AT_ONCE }, () => randomRequest(rng.pick(operations) as Operation, rng));
      problems.push(...(await Promise.all(requests.map(problemOf))));
    }
    expect(problems.filter((problem) => problem !== null).slice(0, 20)).toEqual([]);
    expect(await daemon.get('/health')).toMatchObject({ status: 'ok' });
  }, 240_000);

  function randomRequest(operation: Operation, rng: Rng): Asked {
    const id = rng.chance(0.8) ? idFor(operation, rng) : rng.pick(ODD_TEXTS) ?? '';
    const query: [string, string][] = [];
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in === 'path' || (parameter.required !== true && !rng.chance(0.35))) continue;
      query.push([parameter.name, rng.chance(0.75) ? valueFor(parameter, rng, ids) : rng.pick(ODD_TEXTS) ?? '']);
    }
    if (rng.chance(0.05)) query.push([rng.pick(ODD_TEXTS) ?? '', rng.pick(ODD_TEXTS) ?? '']);
    // An empty id is another path.
    const url = urlOf(operation, id === '' ? 'x' : id, query);
    return operation.requestBody === undefined ? { operation, url, wrong: null } : { operation, url, wrong: null, body: randomBody(operation, rng) };
  }

  function randomBody({ requestBody }: Operation, rng: Rng): unknown {
    const schema = Object.values(requestBody?.content ?? {})[0]?.schema as { $ref?: string; anyOf?: object[]; properties?: Record<string, Parameter['schema'] & { const?: unknown }> } | undefined;
    const named = schema?.$ref === undefined ? schema : (context[schema.$ref.split('/').at(-1) ?? ''] as typeof schema);
    const one = (named?.anyOf === undefined ? named : rng.pick(named.anyOf)) as typeof schema;
    if (rng.chance(0.1)) return rng.pick([null, [], 'text', 5, {}]);
    return Object.fromEntries(Object.entries(one?.properties ?? {}).filter(() => rng.chance(0.8)).map(([name, property]) => {
      if (rng.chance(0.2)) return [name, rng.pick(ODD_TEXTS)];
      if (property.const !== undefined) return [name, property.const];
      const value = valueFor({ name, in: 'query', schema: property }, rng, ids);
      return [name, property.type === 'integer' || property.type === 'number' ? Number(value) : property.type === 'boolean' ? value === 'true' : value];
    }));
  }
});

const ODD_TEXTS = ['', 'x', '0', '-1', '1.5', '99999999999999999999', 'NaN', 'null', 'true', '*', '%', "' OR 1=1 --", '"', '\\', '\u0000', '\u{1F600}', '../../etc/passwd', 'a,b', ',', 'Europe/Nowhere', '2026-02-30', '2026-13-01T00:00:00Z', 'f1', '<script>', 'W10=', 'WyJmaWxlcyIsMV0.pz64IvYj', 'é'.repeat(300)];
const TIMES = ['2026-11-01', '2025-08-01T10:00:00Z', '2026-11-02T08:15:00.000+02:00', '1970-01-01', '2100-01-01T00:00:00'];

/** A value that the document allows. */
function valueFor({ name, schema }: Parameter, rng: Rng, ids: Record<string, string[]>): string {
  if (schema.enum !== undefined) return String(rng.pick(schema.enum));
  if (schema.type === 'boolean') return String(rng.chance(0.5));
  if (schema.type === 'integer' || schema.type === 'number') return String(rng.int(schema.minimum ?? 0, Math.min(schema.maximum ?? 50, (schema.minimum ?? 0) + 50)));
  if (/^(since|until|at|from|to)$/.test(name)) return rng.pick(TIMES) ?? '';
  if (name === 'session' || name === 'project') return rng.pick(ids[`${name}s`] ?? []) ?? 'none';
  if (name === 'timezone') return rng.pick(['UTC', 'Europe/Berlin', 'Asia/Kolkata']) ?? 'UTC';
  if (name === 'month') return '2026-11';
  if (name === 'code') return 'none';
  if (schema.pattern !== undefined && /\\d/.test(schema.pattern)) return String(rng.int(0, 500));
  return rng.pick(['claude-code', 'Read', 'assistant', 'user', 'the', 'fix']) ?? 'x';
}

/** Values that the document does not allow, as far as it says. */
function badValuesFor({ schema }: Parameter): string[] {
  const bad: string[] = [];
  if (schema.enum !== undefined) bad.push('no-such-value');
  if (schema.type === 'boolean') bad.push('yes');
  if (schema.type === 'integer') bad.push('x', '1.5');
  if (schema.minimum !== undefined) bad.push(String(schema.minimum - 1));
  if (schema.maximum !== undefined) bad.push(String(schema.maximum + 1));
  if (schema.pattern !== undefined) bad.push('!');
  return bad;
}
