// parquetjs-lite writes the logs as Parquet: each line whole with a few columns, gzip (it has no zstd).

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from './json-parse.ts';
import { logFiles } from './log-files.ts';

interface Writer {
  appendRow(row: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

interface ParquetJs {
  ParquetSchema: new (fields: Record<string, object>) => object;
  ParquetWriter: { openFile(schema: object, path: string): Promise<Writer> };
}

const COLUMNS = ['type', 'uuid', 'parentUuid', 'sessionId', 'timestamp'];

export async function parquetJs(root: string): Promise<void> {
  const parquet = createRequire(import.meta.url)('parquetjs-lite') as ParquetJs;
  const dir = mkdtempSync(join(tmpdir(), 'sessionlake-bench-parquetjs-'));
  try {
    const text = { type: 'UTF8', compression: 'GZIP', optional: true };
    const schema = new parquet.ParquetSchema(Object.fromEntries([...COLUMNS, 'file', 'raw'].map((name) => [name, text])));
    const writer = await parquet.ParquetWriter.openFile(schema, join(dir, 'part.parquet'));
    for (const file of logFiles(root)) {
      for (const raw of linesOf(readFileSync(file))) await writer.appendRow(rowOf(file, raw));
    }
    await writer.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function rowOf(file: string, raw: string): Record<string, unknown> {
  const line = JSON.parse(raw) as Record<string, unknown>;
  const told = COLUMNS.filter((name) => typeof line[name] === 'string').map((name) => [name, line[name]]);
  return { ...Object.fromEntries(told), file, raw };
}
