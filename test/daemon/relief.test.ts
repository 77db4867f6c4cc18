import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Relief } from '../../src/daemon/relief.ts';
import { queryRows } from '../../src/index/store/query.ts';
import { SourceFile } from '../index/support/source-file.ts';
import { silentLogger, TestIndex } from '../index/support/test-index.ts';

const MIB = 1024 * 1024;

let index: TestIndex;
let bytes = 0;
let asked = 0;
let arrive: () => void;
let relief: Relief;

beforeEach(async () => {
  index = await TestIndex.open();
  bytes = asked = 0;
  const caughtUp = (): Promise<void> => {
    asked += 1;
    return new Promise((resolve) => (arrive = resolve));
  };
  relief = new Relief({ writer: index.writer, database: index.database, bulkMemoryBytes: 512 * MIB, bytes: () => bytes, caughtUp, logger: silentLogger });
});

afterEach(async () => {
  relief.close();
  await index.remove();
});

async function rowsInMemory(): Promise<number> {
  const connection = await index.database.connect();
  const rows = await queryRows<{ bytes: number }>(connection, "SELECT memory_usage_bytes::DOUBLE AS bytes FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'");
  connection.closeSync();
  return rows[0]?.bytes ?? 0;
}

async function memoryLimit(): Promise<string | undefined> {
  const connection = await index.database.connect();
  const rows = await queryRows<{ value: string }>(connection, "SELECT current_setting('memory_limit') AS value");
  connection.closeSync();
  return rows[0]?.value;
}

async function commitBulk(fileIx: number): Promise<void> {
  const file = new SourceFile(fileIx, `-p/run-${fileIx}.jsonl`);
  const lines = Array.from({ length: 2000 }, (_, i) => JSON.stringify({ type: 'user', uuid: `${fileIx}-${i}`, message: { role: 'user', content: 'hello' } }));
  await index.commit([file.read(lines)]);
  await index.writer.settle();
}

it('takes the rows of a bulk out of memory, once all of it is read, and only then', async () => {
  await commitBulk(1);
  relief.committed();
  bytes = 100 * MIB;
  relief.committed();
  relief.committed();
  expect(asked).toBe(1);
  const before = await rowsInMemory();
  expect(before).toBeGreaterThan(0);
  arrive();
  await vi.waitFor(async () => expect(await rowsInMemory()).toBeLessThan(before / 2), { timeout: 10_000 });
  expect((await index.records()).length).toBe(2000);
});

it('lets DuckDB take more while a large bulk is read in', async () => {
  const before = await memoryLimit();
  await commitBulk(1);
  bytes = 100 * MIB;
  relief.committed();
  expect(await memoryLimit()).toBe(before);
  bytes = 2000 * MIB;
  relief.committed();
  await vi.waitFor(async () => expect(await memoryLimit()).toBe('512.0 MiB'));
  arrive();
  await vi.waitFor(async () => expect(await memoryLimit()).toBe(before));
});

it('does it again for the next bulk, and for little more not', async () => {
  for (const fileIx of [1, 2]) {
    await commitBulk(fileIx);
    const before = await rowsInMemory();
    bytes += 100 * MIB;
    relief.committed();
    arrive();
    await vi.waitFor(async () => expect(await rowsInMemory()).toBeLessThan(before / 2), { timeout: 10_000 });
  }
  bytes += MIB;
  relief.committed();
  expect(asked).toBe(2);
});

it('gives a daemon at rest what is left of its log', async () => {
  await commitBulk(1);
  const before = await rowsInMemory();
  await relief.atRest();
  expect(await rowsInMemory()).toBeLessThan(before / 2);
});

it('gives back what threads freed while there is work, now and then', async () => {
  const giveBack = vi.spyOn(index.database, 'giveBack');
  const now = vi.spyOn(performance, 'now').mockReturnValue(1e9);
  try {
    relief.stirred();
    relief.stirred();
    now.mockReturnValue(1e9 + 9_000);
    relief.stirred();
    await vi.waitFor(() => expect(giveBack).toHaveBeenCalledTimes(1));
    now.mockReturnValue(1e9 + 11_000);
    relief.stirred();
    await vi.waitFor(() => expect(giveBack).toHaveBeenCalledTimes(2));
  } finally {
    now.mockRestore();
  }
});
