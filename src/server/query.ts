// Strict reading of parameters: what a schema does not name is an error, so is a single value given
// twice, and text becomes a number or a boolean only where it is exactly one. Errors name the parameter.

import type { FastifySchemaCompiler } from 'fastify';
import { Compile, type Validator } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { LakeError } from '../core/errors.ts';

/** The keywords of parameter schemas that are read here. */
interface ParameterSchema extends TSchema {
  type?: string;
  default?: unknown;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  pattern?: string;
  examples?: readonly unknown[];
  maxLength?: number;
}

interface Parameter {
  schema: ParameterSchema;
  required: boolean;
  accepts: (value: unknown) => boolean;
}

type Validate = (raw: unknown) => { value: unknown } | { error: Error };

/** For Fastify: parameters strictly as text, bodies as the JSON they are. */
export const strictCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  if (httpPart === 'body') return bodyValidator(schema);
  const parameters = parametersOf(schema);
  return caught((raw) => readParameters(parameters, raw as Record<string, unknown>));
};

/** Compiled with the first value: most routes of most daemons are never asked for, and each start would wait for them all. */
function lazyValidator<T extends TSchema>(schema: T): () => Validator {
  let compiled: Validator | undefined;
  return () => (compiled ??= Compile(schema) as Validator);
}

function bodyValidator(schema: TSchema): Validate {
  const validator = lazyValidator(schema);
  return caught((body) => {
    if (validator().Check(body)) return body;
    const [first] = validator().Errors(body);
    const parameter = first?.instancePath.split('/')[1];
    throw invalid(parameter, `The body is not valid: ${parameter ?? 'it'} ${first?.message ?? ''}.`);
  });
}

function caught(read: (raw: unknown) => unknown): Validate {
  return (raw) => {
    try {
      return { value: read(raw) };
    } catch (error) {
      if (error instanceof LakeError) return { error };
      throw error;
    }
  };
}

function parametersOf(schema: TSchema): Map<string, Parameter> {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, ParameterSchema>; required?: string[] };
  return new Map(Object.entries(properties).map(([name, property]) => {
    const validator = lazyValidator(property);
    return [name, { schema: property, required: required.includes(name), accepts: (value) => validator().Check(value) }];
  }));
}

function readParameters(parameters: ReadonlyMap<string, Parameter>, raw: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(raw)) {
    if (!parameters.has(name)) throw unknownParameter(name, [...parameters.keys()]);
  }
  const read: Record<string, unknown> = {};
  for (const [name, parameter] of parameters) {
    const value = readOne(name, parameter, raw[name]);
    if (value !== undefined) read[name] = value;
  }
  return read;
}

function readOne(name: string, { schema, required, accepts }: Parameter, given: unknown): unknown {
  if (given === undefined) {
    if (required && schema.default === undefined) throw invalid(name, `The parameter ${name} is needed.`);
    return schema.default;
  }
  const value = schema.type === 'array' ? listOf(given) : scalarOf(name, schema, given);
  if (!accepts(value)) throw invalid(name, `The parameter ${name} ${demand(schema)}.`);
  return value;
}

function listOf(given: unknown): string[] {
  return [given].flat().flatMap((text) => String(text).split(','));
}

/** Text that is not exactly a number or boolean stays text, which the schema then refuses. */
function scalarOf(name: string, schema: ParameterSchema, given: unknown): unknown {
  if (typeof given !== 'string') throw invalid(name, `The parameter ${name} was given more than once.`);
  if (schema.type === 'integer') return /^-?\d{1,15}$/.test(given) ? Number(given) : given;
  if (schema.type === 'boolean') return given === 'true' ? true : given === 'false' ? false : given;
  return given;
}

function demand(schema: ParameterSchema): string {
  if (schema.enum !== undefined) return `must be one of ${schema.enum.join(', ')}`;
  if (schema.type === 'boolean') return 'must be true or false';
  if (schema.type === 'array') return 'must not have an empty value';
  if (schema.maxLength !== undefined) return `must have 1 to ${schema.maxLength} characters`;
  if (schema.type !== 'integer') return schema.pattern === undefined ? 'must not be empty' : `must be like ${String(schema.examples?.[0] ?? schema.pattern)}`;
  const from = schema.minimum === undefined ? '' : ` from ${schema.minimum}`;
  const to = schema.maximum === undefined ? '' : ` to ${schema.maximum}`;
  return `must be a whole number${from}${to}`;
}

function unknownParameter(name: string, known: readonly string[]): LakeError {
  return invalid(name, `There is no parameter ${JSON.stringify(name)} here.`, {
    hint: known.length === 0 ? 'This path takes no parameters.' : `Known parameters: ${known.join(', ')}.`,
  });
}

export function invalid(parameter: string | undefined, message: string, extra: { hint?: string } = {}): LakeError {
  return new LakeError('invalid_parameter', message, { ...extra, ...(parameter === undefined ? {} : { parameter }) });
}
