// Files as the index remembers them.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileEntry } from '../core/file-entry.ts';
import { queryRows } from './database.ts';

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

export async function readFiles(connection: DuckDBConnection): Promise<FileEntry[]> {
  const rows = await queryRows<FileRow>(connection, `${SELECT_FILES} ORDER BY file_ix`);
  return rows.map(entryOf);
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
