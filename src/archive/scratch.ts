// A DuckDB instance of one's own, in memory: the workshop where Parquet files are written and read.
// It never opens the index. Bounded in memory and threads; what does not fit goes to `spillDir`.

import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { textDecoder } from '@duckdb/node-api/lib/vectors/dataAccessors.js';
import { decodeWhole } from '../core/bytes/whole-texts.ts';

/** A part of 64 MiB needs about 250 MiB; a line of 256 MiB about three times itself. */
const MEMORY_LIMIT = '1GiB';
const SPILL_LIMIT = '16GiB';

export interface Scratch {
  connection: DuckDBConnection;
  close(): void;
}

/** `spillDir` is made by DuckDB when it is needed; left behind by a kill, the sweep removes it. */
export async function openScratch(spillDir: string, memoryLimit: string = MEMORY_LIMIT): Promise<Scratch> {
  decodeWhole(textDecoder);
  const instance = await DuckDBInstance.create(':memory:', {
    // The pool's threads are the parallelism.
    threads: '1',
    memory_limit: memoryLimit,
    temp_directory: spillDir,
    max_temp_directory_size: SPILL_LIMIT,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    preserve_insertion_order: 'true',
    // Every file is read once.
    enable_external_file_cache: 'false',
  });
  const connection = await instance.connect();
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A string as a SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
