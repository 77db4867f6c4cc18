// The body that asks for a job, read strictly: errors name the parameter.

import { randomBytes } from 'node:crypto';
import { LakeError } from '../core/errors.ts';
import { JOB_TYPES, SQL_JOB, type JobRequest, type JobType } from '../core/answers/jobs.ts';
import { isoFromMs } from '../core/time/time.ts';
import { EXPORT_FORMATS } from './export-formats.ts';
import { present, recordFilter } from './filters.ts';
import { invalid, strictCompiler } from './query.ts';
import { ExportParameters } from './schemas/export-schema.ts';
import { JOB_BODIES } from './schemas/job-schemas.ts';
import { Type, type Static } from 'typebox';

const TYPES = JOB_TYPES.join(', ');

export function jobRequest(body: unknown): JobRequest {
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
    case 'export': return exportRequest(given);
    case 'sql': return sqlRequest(given);
  }
}

/** The parameters of GET /api/export, as JSON: lists are lists, or one value. Its `type` is `types` here. */
function exportRequest({ type: _type, path, ...given }: Record<string, unknown>): JobRequest<'export'> {
  const { format, content, duplicates, after, upto, types, ...filters } = readExport(Object.fromEntries(Object.entries(given).map(([name, value]) => [name, asText(name, value)])));
  if (format === 'markdown' && filters.session === undefined) {
    throw invalid('session', 'A markdown export is the transcript of one session.', { hint: 'Add "session":"ID".' });
  }
  return { type: 'export', format, content, duplicates: duplicates ?? format === 'jsonl', after: after ?? '0', upto: upto ?? null, path: pathOf(path, EXPORT_FORMATS[format].extension), filter: recordFilter(present({ ...filters, type: types })) };
}

function sqlRequest(given: Record<string, unknown>): JobRequest<'sql'> {
  const { sql, format = 'ndjson', path } = given;
  if (typeof sql !== 'string' || sql.trim() === '') throw invalid('sql', 'The parameter sql is needed: one SELECT.');
  const known = SQL_JOB.formats.find((name) => name === format);
  if (known === undefined) throw invalid('format', `The parameter format must be one of ${SQL_JOB.formats.join(', ')}.`);
  return {
    type: 'sql', sql, format: known, path: pathOf(path, known),
    limit: wholeNumber('limit', given['limit'], SQL_JOB.rows, SQL_JOB.rowsMax),
    timeoutMs: wholeNumber('timeout_ms', given['timeout_ms'], SQL_JOB.timeoutMs, SQL_JOB.timeoutMaxMs),
  };
}

function wholeNumber(name: string, given: unknown, fallback: number, maximum: number): number {
  if (given === undefined) return fallback;
  if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= maximum) return given;
  throw invalid(name, `The parameter ${name} must be a whole number from 1 to ${maximum}.`);
}

const { type: types, ...others } = ExportParameters.properties;
const ExportBody = Type.Object({ ...others, types });
type Exported = Static<typeof ExportBody>;

function readExport(given: Record<string, unknown>): Exported {
  const validate = strictCompiler({ schema: ExportBody, method: 'POST', url: '/api/jobs', httpPart: 'querystring' }) as (raw: unknown) => { value?: Exported; error?: Error };
  const { value, error } = validate(given);
  if (value === undefined) throw error ?? new LakeError('internal', 'The parameters of an export could not be read.');
  return value;
}

/** As it would stand in a URL. */
function asText(name: string, value: unknown): string | string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return String(value);
  throw invalid(name, `The parameter ${name} must be a text, a number, true or false, or a list of texts.`);
}

const PATH = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(\/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}){0,7}$/;

/** Made here where none is given, so that a job that is begun again writes the same file. */
function pathOf(given: unknown, extension: string): string {
  if (given === undefined) return `${isoFromMs(Date.now()).slice(0, 19).replaceAll(/[-:]/g, '')}-${randomBytes(4).toString('hex')}.${extension}`;
  if (typeof given === 'string' && PATH.test(given)) return given;
  throw invalid('path', 'The parameter path is a name below the folder exports of the data directory.', { hint: 'Letters, digits, ., _ and -, with / between folders: "week/all.ndjson".' });
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
