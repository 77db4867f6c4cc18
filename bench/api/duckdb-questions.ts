// The same questions asked of the files themselves: DuckDB's read_json_auto, which finds out the columns, as a
// script without an index would. Calls are counted once, as they must be; costs are left out.

import { DuckDBInstance } from '@duckdb/node-api';

const CALLS = `SELECT "sessionId" AS session, any_value(cwd) AS project, max("timestamp")::TIMESTAMP AS told_at, any_value(message.model) AS model,
    max_by(message.usage.input_tokens, message.usage.output_tokens) AS input, max(message.usage.output_tokens) AS output
  FROM lines WHERE message.usage.output_tokens IS NOT NULL GROUP BY "sessionId", message.id, "requestId"`;

const QUESTIONS: Readonly<Record<string, string>> = {
  'list of sessions': `SELECT "sessionId" AS id, max("timestamp") AS last, count(*) AS lines FROM lines GROUP BY 1 ORDER BY last DESC LIMIT 50`,
  'usage by day and model': `SELECT date_trunc('day', told_at) AS day, model, sum(input), sum(output), count(*) FROM (${CALLS}) GROUP BY 1, 2 ORDER BY 1`,
  'a page of one session': `SELECT * FROM lines WHERE "sessionId" = (SELECT max("sessionId") FROM lines) AND message.role IS NOT NULL LIMIT 100`,
};

/** Milliseconds of each. */
export async function askFiles(root: string): Promise<Map<string, number>> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const times = new Map<string, number>();
  try {
    for (const [name, sql] of Object.entries(QUESTIONS)) {
      const started = performance.now();
      await connection.runAndReadAll(`WITH lines AS (SELECT * FROM read_json_auto('${root}/**/*.jsonl', format = 'newline_delimited', union_by_name = true, ignore_errors = true, maximum_object_size = 268435456)) ${sql}`);
      times.set(name, performance.now() - started);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return times;
}
