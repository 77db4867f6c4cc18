// Rows of the archive's parts. A column of a row group is read in one piece, and that may be a part's whole 64 MiB or
// a single longer line: more than the index may have as a cache, and what it has then others lack, whose questions fail.
// So of large parts they are read by a DuckDB instance of its own, of which there is one at a time and none afterwards.

import { DuckDBInstance } from '@duckdb/node-api';
import pLimit from 'p-limit';
import { messageOf } from '../../core/errors.ts';
import { queryRows } from '../store/query.ts';
import type { Readers } from '../store/readers.ts';

/** The longest line, of 256 MiB, is in two buffers of the next power of two while it is unpacked, and once more as bytes. */
const MEMORY_LIMIT = '2GiB';

/** Of logs in one part; the index has room for some such columns at once. */
const SMALL_BYTES = 8 * 1024 * 1024;

export class PartRows {
  private readonly readers: Readers;
  private readonly alone = pLimit(1);

  constructor(readers: Readers) {
    this.readers = readers;
  }

  /** Of a statement that asks for no table of the index. `most`: bytes of logs in the largest of the parts that it reads. */
  async rows<T extends object>(sql: string, most: number): Promise<T[]> {
    if (most > SMALL_BYTES) return this.alone(() => readAlone<T>(sql));
    try {
      return await this.readers.rows<T>(sql);
    } catch (error) {
      if (!/^Out of Memory/i.test(messageOf(error))) throw error;
      return this.alone(() => readAlone<T>(sql));
    }
  }
}

async function readAlone<T extends object>(sql: string): Promise<T[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: MEMORY_LIMIT, autoinstall_known_extensions: 'false', autoload_known_extensions: 'false', allow_community_extensions: 'false', enable_external_file_cache: 'false' });
  try {
    const connection = await instance.connect();
    try {
      return await queryRows<T>(connection, sql);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}
