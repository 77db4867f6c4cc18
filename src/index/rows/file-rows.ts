// Files as the index remembers them.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileEntry } from '../../core/file-entry.ts';
import { hash64 } from '../../core/bytes/hash64.ts';
import { Origins } from './stored-files.ts';
import { takeWhole } from '../store/whole-rows.ts';

const FILES = {
  from: 'files_now',
  by: 'file_ix',
  texts: {
    source: 'source', root: 'root', project: 'project', dev: 'dev', ino: 'ino', path: 'path', headHash: 'head_hash', tailHash: 'tail_hash', adapterState: 'adapter_state', state: 'state',
  },
  numbers: {
    fileIx: 'file_ix', generation: 'generation', birthMs: 'birth_ms', offset: 'offset_bytes', lines: 'lines', rejects: 'rejects', size: 'size_bytes', modifiedMs: 'modified_ms', headLength: 'head_length',
  },
};

/** `take`: given each in turn. Its texts are parts of larger ones. */
export async function readFiles(connection: DuckDBConnection, take: (file: FileEntry) => void): Promise<void> {
  // Some texts are the same for many files.
  const texts = new Map<string, string>();
  const once = (text: string): string => texts.get(text) ?? (texts.set(text, text), text);
  await takeWhole(connection, FILES, (row) => take({
    fileIx: row.fileIx, source: once(row.source), root: once(row.root), path: row.path, project: once(row.project), generation: row.generation,
    fingerprint: { dev: once(row.dev), ino: row.ino, birthMs: row.birthMs, headLength: row.headLength, headHash: row.headHash, tailHash: row.tailHash },
    offset: row.offset, lines: row.lines, rejects: row.rejects, size: row.size, modifiedMs: row.modifiedMs, adapterState: once(row.adapterState), state: once(row.state) as FileEntry['state'],
  }));
}

/** A hash of what is stored once a file. It changes only where a file moves to another root, or moves before anything of it was read. */
export function originOf({ source, root, project, fingerprint }: FileEntry): number {
  return originKey(source, root, project, fingerprint.birthMs);
}

/** By file number. */
export async function readOrigins(connection: DuckDBConnection): Promise<Origins> {
  const origins = new Origins();
  await takeWhole(connection, { from: 'files', by: 'file_ix', texts: { source: 'source', root: 'root', project: 'project' }, numbers: { fileIx: 'file_ix', birthMs: 'birth_ms' } }, ({ fileIx, source, root, project, birthMs }) => {
    origins.set(fileIx, originKey(source, root, project, birthMs));
  });
  return origins;
}

/** The one row of a file that is not superseded by a further one: rare enough to be changed in place. */
export async function storeOrigin(connection: DuckDBConnection, { fileIx, source, root, project, fingerprint }: FileEntry): Promise<void> {
  const values = [source, root, project, BigInt(Math.trunc(fingerprint.birthMs)), fileIx];
  await connection.run('UPDATE files SET source = ?, root = ?, project = ?, birth_ms = ? WHERE file_ix = ?', values);
}

function originKey(source: string, root: string, project: string, birthMs: number): number {
  return Number(hash64([source, root, project, Math.trunc(birthMs)].join('\n')) >> 11n);
}
