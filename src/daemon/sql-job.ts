// A user's SELECT into a file below the data directory, which is there when it is whole. The rows come as JSON
// from the process that the statement runs in; tables are made of that.

import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { literal, openScratch } from '../archive/scratch.ts';
import type { JobProgress, JobRequest, SqlJobResult } from '../core/answers/jobs.ts';
import type { SqlColumn, SqlEnd, SqlPort } from '../core/answers/sql.ts';
import { writingInto } from '../core/storage-failure.ts';
import { writeWhole } from './file-target.ts';

/** Of rows as JSON. */
const ROWS_MAX_BYTES = 4 * 1024 * 1024 * 1024;
/** Of one row, for a table; reading takes twice as much memory. */
const ROW_MAX_BYTES = 32 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;
const MEMORY_LIMIT = '256MiB';
/** As Parquet has them; everything else, what is nested above all, is written as text. */
const PLAIN = /^(?:BOOLEAN|U?(?:TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|DATE|TIMESTAMP(?: WITH TIME ZONE)?)$/;

export interface SqlJobParts {
  sql: SqlPort;
  dir: string;
  tempDir: string;
}

/** Throws what the statement is refused for, and where it was stopped or cancelled; nothing of it is left then. */
export async function sqlIntoFile({ sql, dir, tempDir }: SqlJobParts, request: JobRequest<'sql'>, signal: AbortSignal, onProgress: (progress: JobProgress) => void): Promise<SqlJobResult> {
  const { format, limit } = request;
  const path = join(dir, request.path);
  const left = new AbortController();
  const either = AbortSignal.any([signal, left.signal]);
  const answer = new Answer((onRows) => sql.run({ sql: request.sql, form: 'objects', limit, maxBytes: ROWS_MAX_BYTES, timeoutMs: request.timeoutMs }, onRows, either), () => left.abort(), (rows, total) => onProgress({ done: rows, total: total ?? limit, unit: 'rows' }));
  if (format === 'ndjson') return { path, ...(await writeWhole(path, answer.lines())), ...answer.summary() };
  const workshop = await writingInto(tempDir, () => workshopIn(tempDir));
  try {
    const lines = join(workshop, 'rows.ndjson');
    const table = join(workshop, 'table');
    await writeWhole(lines, answer.lines());
    await writingInto(workshop, () => writeTable(lines, table, format, answer.end.columns, workshop));
    return { path, ...(await writeWhole(path, createReadStream(table, { highWaterMark: READ_BYTES }))), ...answer.summary() };
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function workshopIn(tempDir: string): Promise<string> {
  await mkdir(tempDir, { recursive: true });
  return mkdtemp(join(tempDir, 'sql-'));
}

/** Rows that are handed over, made into chunks that are asked for. */
class Answer {
  private readonly run: (onRows: (rows: { text: string; rows: number }) => Promise<void>) => Promise<SqlEnd>;
  private readonly leave: () => void;
  /** The total is known at the end. */
  private readonly onRows: (rows: number, total?: number) => void;
  private result: SqlEnd | null = null;

  /** `leave`: called where nobody wants more rows. */
  constructor(run: Answer['run'], leave: () => void, onRows: Answer['onRows']) {
    this.run = run;
    this.leave = leave;
    this.onRows = onRows;
  }

  /** Once all lines were taken. */
  get end(): SqlEnd {
    if (this.result === null) throw new Error('the rows were not taken to their end');
    return this.result;
  }

  summary(): Pick<SqlJobResult, 'rows' | 'columns' | 'truncated'> {
    const { rows, columns, truncated } = this.end;
    return { rows, columns, truncated };
  }

  async *lines(): AsyncGenerator<Uint8Array> {
    let given: { text: string; taken: () => void } | null = null;
    let wake = (): void => undefined;
    let rows = 0;
    const ended = this.run((piece) => new Promise((resolve) => {
      given = { text: piece.text, taken: resolve };
      rows += piece.rows;
      this.onRows(rows);
      wake();
    })).then((result) => {
      this.result = result;
      this.onRows(result.rows, result.rows);
    });
    // Whoever waits for rows waits for the end too; its failure is thrown below.
    const over = ended.then(() => undefined, () => undefined);
    try {
      for (;;) {
        const current = given as { text: string; taken: () => void } | null;
        given = null;
        if (current === null) {
          const more = new Promise<'more'>((resolve) => (wake = () => resolve('more')));
          if ((await Promise.race([more, over])) !== 'more') break;
        } else {
          yield Buffer.from(current.text);
          current.taken();
        }
      }
      await ended;
    } finally {
      this.leave();
    }
  }
}

async function writeTable(lines: string, target: string, format: 'csv' | 'parquet', columns: readonly SqlColumn[], workshop: string): Promise<void> {
  const texts = columns.map(({ name }) => `${literal(name)}: 'VARCHAR'`).join(', ');
  const values = columns.map(({ name, type }) => {
    const column = `"${name.replaceAll('"', '""')}"`;
    if (format === 'csv') return column;
    return `${type === 'BLOB' ? `from_base64(${column})` : PLAIN.test(type) ? `${column}::${type}` : column} AS ${column}`;
  });
  const scratch = await openScratch(join(workshop, 'spill'), MEMORY_LIMIT);
  try {
    await scratch.connection.run(
      `COPY (SELECT ${values.join(', ')} FROM read_json(${literal(lines)}, format = 'newline_delimited', columns = {${texts}}, maximum_object_size = ${ROW_MAX_BYTES})) TO ${literal(target)}
      ${format === 'csv' ? '(FORMAT csv, HEADER)' : '(FORMAT parquet, COMPRESSION zstd)'}`,
    );
  } finally {
    scratch.close();
  }
}
