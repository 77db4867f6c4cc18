// Requests made from the OpenAPI document: every operation that reads, with what the lake has to be asked for.
// New endpoints are among them without anybody saying so.

export interface OpenapiParameter {
  name: string;
  in: string;
  required?: boolean;
  schema: { type?: string; enum?: readonly unknown[]; default?: unknown; minimum?: number; maximum?: number; pattern?: string; items?: { type?: string } };
}

export interface OpenapiOperation {
  operationId: string;
  tags?: readonly string[];
  parameters?: readonly OpenapiParameter[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}

export interface OpenapiDocument {
  paths: Record<string, Record<string, OpenapiOperation>>;
}

/** What is put where a parameter of this name is needed; the kind of `id` comes from its path. */
export interface KnownIds {
  session: string | null;
  project: string | null;
  job: string | null;
}

export interface ApiRequest {
  operation: string;
  /** Path and query. */
  path: string;
}

/** Parameters whose every value asks something else. */
const VARIED = new Set(['group_by', 'metric']);
const WORDS: Readonly<Record<string, string>> = { q: 'the', query: 'the', metric: 'calls', bucket: 'day' };

/** Operations that answer a GET with JSON or text; streams and those whose id nothing is known for are left out. */
export function readRequests(document: OpenapiDocument, ids: KnownIds): ApiRequest[] {
  return Object.entries(document.paths).flatMap(([path, { get }]) => {
    if (get === undefined || !answersWhole(get)) return [];
    const place = placeOf(path, ids);
    return place === null ? [] : variantsOf(get, ids).map((query) => ({ operation: get.operationId, path: query === '' ? place : `${place}?${query}` }));
  });
}

function answersWhole({ responses, tags = [] }: OpenapiOperation): boolean {
  const types = Object.keys(responses['200']?.content ?? {});
  return types.some((type) => type === 'application/json' || type.startsWith('text/plain')) && !tags.includes('profile');
}

/** Null where it needs the id of something that is not there. */
function placeOf(path: string, ids: KnownIds): string | null {
  if (!path.includes('{')) return path;
  const id = path.startsWith('/api/projects/') ? ids.project : path.startsWith('/api/jobs/') ? ids.job : path.startsWith('/api/sessions/') ? ids.session : null;
  return id === null ? null : path.replace(/\{\w+\}/, encodeURIComponent(id));
}

function variantsOf({ parameters = [] }: OpenapiOperation, ids: KnownIds): string[] {
  const query = parameters.filter((parameter) => parameter.in === 'query');
  const needed = query.filter(({ required, name }) => required === true && !VARIED.has(name)).map(({ name, schema }) => `${name}=${encodeURIComponent(valueOf(name, schema, ids))}`);
  const varied = query.find(({ name }) => VARIED.has(name));
  const values = varied?.schema.enum ?? (varied?.required === true ? [WORDS[varied.name] ?? ''] : []);
  const variants = varied === undefined ? [] : values.map((value) => [...needed, `${varied.name}=${encodeURIComponent(String(value))}`].join('&'));
  return varied?.required === true ? variants : [needed.join('&'), ...variants];
}

function valueOf(name: string, schema: OpenapiParameter['schema'], ids: KnownIds): string {
  if (name === 'session' && ids.session !== null) return ids.session;
  if (name === 'project' && ids.project !== null) return ids.project;
  if (schema.enum?.[0] !== undefined) return String(schema.enum[0]);
  if (schema.type === 'integer' || schema.type === 'number') return String(schema.minimum ?? 1);
  return WORDS[name] ?? (/^(at|since|until|from|to)$/.test(name) ? '2026-01-31T00:00:00Z' : 'x');
}
