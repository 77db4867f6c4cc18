// What users' SQL reads: copies of the tables in files of their own, because no second process can open a
// database that is being written. The large tables only grow, so most of them is in a file that is made once,
// the base; what was added since is in a small one, the tail, made again when a question comes and the lake has
// changed. A copy is one state of the lake: it is made in one transaction, of everything that is committed.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { writingInto } from '../../core/storage-failure.ts';
import { queryRows } from '../store/query.ts';
import type { IndexTable, SqlSource } from './sql-source.ts';

export interface SnapshotParts {
  connect: () => Promise<DuckDBConnection>;
  /** Resolves when all that is committed is in the tables. */
  settle: () => Promise<void>;
  /** Changes whenever the lake does. */
  revision: () => number | string;
  /** Of its own: it goes with the copies. */
  dir: string;
}

/** What grows by rows that come after all others. */
const GROWING = { records: 'lake_offset', calls: 'seq' } as const;
const SMALL = ['strings', 'sessions', 'agents', 'agent_links', 'agent_origins', 'sidecars', 'tasks', 'titles', 'cwds', 'activity_deltas', 'files', 'file_marks', 'archive_segments'] as const satisfies IndexTable[];
/** Without what is long and nobody sees. */
const COLUMNS: Partial<Record<IndexTable, string>> = {
  file_marks: 'file_ix, seq, path, offset_bytes, lines, rejects, size_bytes, modified_ms, state',
  archive_segments: 'file_ix, from_byte, to_byte',
};
/** A tail of more rows of records, and of a larger share of the base, is taken into a new base. */
const TAIL_ROWS = 50_000;
const TAIL_SHARE = 0.25;

interface Base {
  path: string;
  rows: number;
  upto: Record<keyof typeof GROWING, number>;
}

export class Snapshot {
  private readonly parts: SnapshotParts;
  private base: Base | null = null;
  private tail: { path: string; revision: number | string } | null = null;
  private made = 0;
  private turn: Promise<unknown> = Promise.resolve();
  /** Of the copy before: somebody may be about to open it. */
  private stale: string[] = [];

  constructor(parts: SnapshotParts) {
    this.parts = parts;
  }

  /** Everything that is committed by now. */
  current(): Promise<SqlSource> {
    const next = this.turn.then(() => this.refresh());
    this.turn = next.catch(() => undefined);
    return next;
  }

  /** Deletes the files. */
  clear(): Promise<void> {
    const cleared = this.turn.then(async () => {
      this.base = null;
      this.tail = null;
      this.stale = [];
      await rm(this.parts.dir, { recursive: true, force: true });
    });
    this.turn = cleared.catch(() => undefined);
    return cleared;
  }

  private async refresh(): Promise<SqlSource> {
    await this.parts.settle();
    const revision = this.parts.revision();
    if (this.base === null || this.tail?.revision !== revision) await writingInto(this.parts.dir, () => this.copy(revision));
    const { base, tail } = this;
    if (base === null || tail === null) throw new Error('no copy was made');
    return { files: { base: base.path, tail: tail.path }, table: (name) => (name in GROWING ? `(SELECT * FROM base.${name} UNION ALL SELECT * FROM tail.${name})` : `tail.${name}`) };
  }

  private async copy(revision: number | string): Promise<void> {
    const connection = await this.parts.connect();
    try {
      const replaced = [this.tail?.path];
      if (this.base === null) await this.beginAnew();
      const added = this.base === null ? 0 : await rowsAfter(connection, this.base);
      if (this.base === null || (added > TAIL_ROWS && added > this.base.rows * TAIL_SHARE)) {
        replaced.push(this.base?.path);
        this.base = await this.makeBase(connection);
      }
      this.tail = { path: await this.makeTail(connection, this.base), revision };
      await Promise.all(this.stale.map(removeDatabase));
      this.stale = replaced.filter((path) => path !== undefined);
    } finally {
      connection.closeSync();
    }
  }

  /** Without what an earlier run left. */
  private async beginAnew(): Promise<void> {
    await rm(this.parts.dir, { recursive: true, force: true });
    await mkdir(this.parts.dir, { recursive: true, mode: 0o700 });
  }

  private async makeBase(connection: DuckDBConnection): Promise<Base> {
    const path = this.pathOf('base');
    await writeDatabase(connection, path, (to) => Object.keys(GROWING).map((name) => `CREATE TABLE ${to}.${name} AS SELECT * FROM ${name}`));
    const [found] = await reading(connection, path, (from) => queryRows<{ rows: number; records: number; calls: number }>(connection, `SELECT count(*)::DOUBLE AS rows, coalesce(max(lake_offset), 0)::DOUBLE AS records, (SELECT coalesce(max(seq), 0) FROM ${from}.calls)::DOUBLE AS calls FROM ${from}.records`));
    if (found === undefined) throw new Error('the copy cannot be read');
    return { path, rows: found.rows, upto: { records: found.records, calls: found.calls } };
  }

  private async makeTail(connection: DuckDBConnection, base: Base): Promise<string> {
    const path = this.pathOf('tail');
    await writeDatabase(connection, path, (to) => [
      ...Object.entries(GROWING).map(([name, column]) => `CREATE TABLE ${to}.${name} AS SELECT * FROM ${name} WHERE ${column} > ${base.upto[name as keyof typeof GROWING]}`),
      ...SMALL.map((name) => `CREATE TABLE ${to}.${name} AS SELECT ${COLUMNS[name] ?? '*'} FROM ${name}`),
    ]);
    return path;
  }

  private pathOf(kind: string): string {
    return join(this.parts.dir, `${kind}-${++this.made}.duckdb`);
  }
}

async function rowsAfter(connection: DuckDBConnection, { upto }: Base): Promise<number> {
  const [row] = await queryRows<{ rows: number }>(connection, `SELECT count(*)::DOUBLE AS rows FROM records WHERE lake_offset > ${upto.records}`);
  return row?.rows ?? 0;
}

let attached = 0;

/** One transaction over a database that is attached for it alone. */
async function writeDatabase(connection: DuckDBConnection, path: string, statements: (to: string) => string[]): Promise<void> {
  await removeDatabase(path);
  const name = `sql_copy_${++attached}`;
  await connection.run(`ATTACH '${path.replaceAll("'", "''")}' AS ${name}`);
  try {
    await connection.run('BEGIN');
    for (const statement of statements(name)) await connection.run(statement);
    await connection.run('COMMIT');
    await connection.run(`CHECKPOINT ${name}`);
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await connection.run(`DETACH ${name}`);
  }
}

async function reading<T>(connection: DuckDBConnection, path: string, read: (from: string) => Promise<T>): Promise<T> {
  const name = `sql_copy_${++attached}`;
  await connection.run(`ATTACH '${path.replaceAll("'", "''")}' AS ${name} (READ_ONLY)`);
  try {
    return await read(name);
  } finally {
    await connection.run(`DETACH ${name}`);
  }
}

async function removeDatabase(path: string): Promise<void> {
  await Promise.all([rm(path, { force: true }), rm(`${path}.wal`, { force: true })]);
}
