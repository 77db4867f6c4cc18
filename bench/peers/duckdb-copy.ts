// DuckDB writes the logs as Parquet by itself: each line whole, with the columns of our archive that a
// line tells, zstd as ours; nothing is read back and compared, and nothing is synced.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const FIELDS = ['sessionId', 'agentId', 'type', 'message.role', 'uuid', 'parentUuid', 'message.model', 'timestamp', 'message.usage.input_tokens',
  'message.usage.output_tokens', 'message.usage.cache_creation_input_tokens', 'message.usage.cache_read_input_tokens'];

export async function duckdbCopy(root: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sessionlake-bench-copy-'));
  try {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const columns = FIELDS.map((field, index) => `fields[${index + 1}] AS "${field}"`).join(', ');
    await connection.run(`COPY (SELECT filename, ${columns}, raw FROM (
      SELECT filename, json::VARCHAR AS raw, json_extract_string(json, [${FIELDS.map((field) => `'$.${field}'`).join(', ')}]) AS fields
      FROM read_ndjson_objects('${root}/**/*.jsonl', filename = true, ignore_errors = true, maximum_object_size = 268435456)))
      TO '${join(dir, 'part.parquet')}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)`);
    connection.closeSync();
    instance.closeSync();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
