// Files as the index remembers them.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileEntry } from '../core/file-entry.ts';
import { queryRows } from './database.ts';
import { queryRowsInTurns } from './rows-in-turns.ts';

interface FileRow {
  file_ix: number;
  source: string;
  root: string;
  project: string;
  generation: number;
  dev: string;
  ino: string;
  birth_ms: number;
  path: string;
  offset_bytes: number;
  lines: number;
  rejects: number;
  size_bytes: number;
  modified_ms: number;
  head_length: number;
  head_hash: string;
  tail_hash: string;
  adapter_state: string;
  state: FileEntry['state'];
}

const SELECT_FILES = `SELECT file_ix, source, root, project, generation, dev, ino, birth_ms::DOUBLE AS birth_ms, path, offset_bytes::DOUBLE AS offset_bytes, lines::DOUBLE AS lines,
  rejects::DOUBLE AS rejects, size_bytes::DOUBLE AS size_bytes, modified_ms::DOUBLE AS modified_ms, head_length, head_hash, tail_hash, adapter_state, state FROM files_now`;

/** `in turns`: others get one while the rows of many files become objects. */
export async function readFiles(connection: DuckDBConnection, how: 'at once' | 'in turns' = 'at once'): Promise<FileEntry[]> {
  const sql = `${SELECT_FILES} ORDER BY file_ix`;
  const rows = how === 'at once' ? await queryRows<FileRow>(connection, sql) : await queryRowsInTurns<FileRow>(connection, sql);
  return rows.map(entryOf);
}

/** What is stored once a file. It changes only where a file moves to another root, or moves before anything of it was read. */
export function originOf({ source, root, project, fingerprint }: FileEntry): string {
  return originKey(source, root, project, fingerprint.birthMs);
}

/** By file number. */
export async function readOrigins(connection: DuckDBConnection): Promise<Map<number, string>> {
  const rows = await queryRows<Pick<FileRow, 'file_ix' | 'source' | 'root' | 'project' | 'birth_ms'>>(connection, 'SELECT file_ix, source, root, project, birth_ms::DOUBLE AS birth_ms FROM files');
  return new Map(rows.map((row) => [row.file_ix, originKey(row.source, row.root, row.project, row.birth_ms)]));
}

/** The one row of a file that is not superseded by a further one: rare enough to be changed in place. */
export async function storeOrigin(connection: DuckDBConnection, { fileIx, source, root, project, fingerprint }: FileEntry): Promise<void> {
  const values = [source, root, project, BigInt(Math.trunc(fingerprint.birthMs)), fileIx];
  await connection.run('UPDATE files SET source = ?, root = ?, project = ?, birth_ms = ? WHERE file_ix = ?', values);
}

function originKey(source: string, root: string, project: string, birthMs: number): string {
  return [source, root, project, Math.trunc(birthMs)].join('\n');
}

function entryOf(row: FileRow): FileEntry {
  return {
    fileIx: row.file_ix,
    source: row.source,
    root: row.root,
    path: row.path,
    project: row.project,
    generation: row.generation,
    fingerprint: { dev: row.dev, ino: row.ino, birthMs: row.birth_ms, headLength: row.head_length, headHash: row.head_hash, tailHash: row.tail_hash },
    offset: row.offset_bytes,
    lines: row.lines,
    rejects: row.rejects,
    size: row.size_bytes,
    modifiedMs: row.modified_ms,
    adapterState: row.adapter_state,
    state: row.state,
  };
}
