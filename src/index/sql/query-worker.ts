// The process in which users' SQL runs: it holds copies of the tables, opened read-only, and an engine that can
// reach no file, load nothing and change no setting. It is killed when a query takes too long.

import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { textDecoder } from '@duckdb/node-api/lib/vectors/dataAccessors.js';
import { decodeWhole } from '../../core/bytes/whole-texts.ts';
import { messageOf } from '../../core/errors.ts';
import { distinctNames } from './column-names.ts';
import { jsonOf, objectOf } from './json-value.ts';
import type { FromQuery, QueryMessage, ToQuery } from './query-messages.ts';
import { checkStatement, readableError, Refusal, statementFor } from './statement.ts';
import { readStructsWhole } from './whole-structs.ts';

const CONFIG = {
  threads: '2',
  memory_limit: '256MiB',
  // Nothing is written anywhere: what does not fit into memory fails.
  temp_directory: '',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
};
/** Sent at once. */
const PIECE_BYTES = 64 * 1024;

let opened: { key: string; instance: DuckDBInstance } | null = null;
let goOn: (() => void) | null = null;

function send(message: FromQuery): void {
  process.send?.(message);
}

/** A query uses what the daemon leaves of the machine, and goes first where memory runs out. */
function stepBack(): void {
  try {
    setPriority(10);
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not on this system.
  }
}

async function instanceOf({ files, views }: QueryMessage): Promise<DuckDBInstance> {
  const key = JSON.stringify([files, views]);
  if (opened?.key === key) return opened.instance;
  opened?.instance.closeSync();
  opened = null;
  const instance = await DuckDBInstance.create(':memory:', CONFIG);
  const connection = await instance.connect();
  for (const [name, path] of Object.entries(files)) await connection.run(`ATTACH '${path.replaceAll("'", "''")}' AS ${name} (READ_ONLY)`);
  for (const view of views) await connection.run(view);
  for (const setting of ["GLOBAL TimeZone = 'UTC'", 'enable_external_access = false', 'lock_configuration = true']) await connection.run(`SET ${setting}`);
  connection.closeSync();
  opened = { key, instance };
  return instance;
}

async function answer(message: QueryMessage): Promise<void> {
  const started = performance.now();
  const instance = await instanceOf(message);
  const connection = await instance.connect();
  try {
    const sql = statementFor(message.sql);
    await check(connection, sql);
    await run(connection, { ...message, sql }, started);
  } catch (error) {
    refuse(error, message.sql);
  } finally {
    // What is left of a query that was cut short.
    connection.interrupt();
    connection.closeSync();
  }
}

/** Whoever asked is told what is wrong with the statement; what fails inside is not theirs. */
function refuse(error: unknown, sql: string): void {
  const text = messageOf(error);
  if (error instanceof Refusal) send({ kind: 'refused', message: error.message, position: error.position });
  else if (/^(?:Out of Memory|INTERNAL|FATAL|INTERRUPT|IO) /i.test(text)) send({ kind: 'failed', message: text });
  else send({ kind: 'refused', ...readableError(text, sql) });
}

async function check(connection: DuckDBConnection, sql: string): Promise<void> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql(?::VARCHAR)', [sql]);
  checkStatement(String(reader.getRows()[0]?.[0]), sql);
}

async function run(connection: DuckDBConnection, { sql, form, limit, maxBytes }: QueryMessage, started: number): Promise<void> {
  const result = await connection.stream(sql);
  const names = distinctNames(result.columnNames());
  const columns = names.map((name, i) => ({ name, type: String(result.columnType(i)) }));
  let [text, pieceRows, rows, bytes] = ['', 0, 0, 0];
  let truncated: 'rows' | 'bytes' | null = null;
  const flush = async (): Promise<void> => {
    if (pieceRows === 0) return;
    const more = new Promise<void>((resolve) => (goOn = resolve));
    send({ kind: 'rows', text, rows: pieceRows });
    [text, pieceRows] = ['', 0];
    await more;
  };
  for (let chunk = await result.fetchChunk(); truncated === null && chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (let at = 0; at < chunk.rowCount; at++) {
      // One row at a time: a chunk of long texts may be larger than all that is answered.
      const row = chunk.getRowValues(at);
      if (rows === limit) truncated = 'rows';
      else {
        const line = `${JSON.stringify(form === 'lists' ? row.map(jsonOf) : objectOf(row.map((value, i) => [names[i] as string, value])))}\n`;
        bytes += Buffer.byteLength(line);
        if (bytes > maxBytes) truncated = 'bytes';
        else {
          text += line;
          pieceRows += 1;
          rows += 1;
        }
      }
      if (truncated !== null) break;
      if (text.length > PIECE_BYTES) await flush();
    }
    if (truncated !== null) break;
  }
  await flush();
  send({ kind: 'end', columns, rows, truncated, elapsedMs: Math.round((performance.now() - started) * 10) / 10 });
}

process.on('message', (message: ToQuery) => {
  if (message.kind === 'more') return void goOn?.();
  return void answer(message).catch((error: unknown) => send({ kind: 'failed', message: messageOf(error) }));
});
// The daemon is gone. An exit would wait for the statement that runs, as long as it takes.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
stepBack();
readStructsWhole();
decodeWhole(textDecoder);
send({ kind: 'ready' });
