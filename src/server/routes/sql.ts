// POST /api/sql: one SELECT of the user's own, run in a process apart.

import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import { LakeError } from '../../core/errors.ts';
import { SQL_LIMITS, type RowForm, type SqlRequest } from '../../core/answers/sql.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { NDJSON_TYPE } from '../export-formats.ts';
import { prefersNdjson } from '../plugins/list-formats.ts';
import { invalid, strictCompiler } from '../query.ts';
import { rowsAnswer } from '../schemas/answers.ts';
import { NO_QUERY } from '../schemas/parameters.ts';
import { SqlQuestion } from '../schemas/sql-schemas.ts';
import { whenClosed } from '../when-closed.ts';

const KNOWN = Object.keys(SqlQuestion.properties);

export function sqlRoute(app: App, { sql: port }: ServerDeps): void {
  if (port === undefined) return;
  app.post('/api/sql', {
    config: { weight: 10 },
    schema: {
      operationId: 'sql',
      summary: 'One SELECT over records, messages, tool_calls, sessions, agents, calls and files',
      tags: ['lake'],
      querystring: NO_QUERY,
      body: Type.Ref('SqlQuestion'),
      response: rowsAnswer('SqlAnswer', 'Columns and rows'),
    },
    // The body is read by sqlRequest, which can name what is wrong with it; the schema describes it.
    validatorCompiler: (part) => (part.httpPart === 'body' ? (body: unknown) => ({ value: body }) : strictCompiler(part)),
  }, async (request, reply) => {
    const form = prefersNdjson(request) ? 'objects' : 'lists';
    const gone = new AbortController();
    whenClosed(reply, () => {
      if (!reply.raw.writableEnded) gone.abort();
    });
    const pieces: string[] = [];
    const { columns, rows, truncated, elapsedMs } = await port.run(sqlRequest(request.body, form), (piece) => void pieces.push(piece.text), gone.signal);
    const text = pieces.join('');
    reply.header('vary', 'accept');
    if (form === 'objects') {
      const sha256 = createHash('sha256').update(text).digest('hex');
      // As bytes: Fastify adds a charset to the type of text.
      return reply.type(NDJSON_TYPE).send(Buffer.from(`${text}${JSON.stringify({ type: 'end', rows, columns, truncated, elapsed_ms: elapsedMs, sha256 })}\n`));
    }
    const rest = JSON.stringify({ row_count: rows, truncated, elapsed_ms: elapsedMs });
    // No row has a newline of its own: in JSON they are escaped.
    return reply.type('application/json; charset=utf-8').send(`{"columns":${JSON.stringify(columns)},"rows":[${text.slice(0, -1).replaceAll('\n', ',')}],${rest.slice(1)}`);
  });
}

/** Reads a body strictly. Errors name the parameter. */
function sqlRequest(body: unknown, form: RowForm): SqlRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new LakeError('bad_request', 'The body must be a JSON object.', { hint: 'For example {"sql":"SELECT count(*) FROM records"}.' });
  }
  const given = body as Record<string, unknown>;
  const unknown = Object.keys(given).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw invalid(unknown, `There is no parameter ${JSON.stringify(unknown)} here.`, { hint: `Known parameters: ${KNOWN.join(', ')}.` });
  const { sql } = given;
  if (typeof sql !== 'string' || sql.trim() === '') throw invalid('sql', 'The parameter sql is needed: one SELECT.');
  return {
    sql, form,
    limit: wholeNumber('limit', given['limit'], SQL_LIMITS.rows, SQL_LIMITS.rowsMax),
    timeoutMs: wholeNumber('timeout_ms', given['timeout_ms'], SQL_LIMITS.timeoutMs, SQL_LIMITS.timeoutMaxMs),
    maxBytes: SQL_LIMITS.bytesMax,
  };
}

function wholeNumber(name: string, given: unknown, fallback: number, maximum: number): number {
  if (given === undefined) return fallback;
  if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= maximum) return given;
  throw invalid(name, `The parameter ${name} must be a whole number from 1 to ${maximum}.`);
}
