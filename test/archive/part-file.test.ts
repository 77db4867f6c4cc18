// A part that does not give back what the source held is never let through.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPart, sealFile, writePart } from '../../src/archive/part-file.ts';
import type { ExpectedSegment } from '../../src/archive/part-file.ts';
import { openScratch } from '../../src/archive/scratch.ts';
import type { Scratch } from '../../src/archive/scratch.ts';

const dir = mkdtempSync(join(tmpdir(), 'part-file-test-'));
// Characters that mean something to SQL and to globs.
const path = join(dir, "it's [a] part*.tmp");
let scratch: Scratch;

beforeAll(async () => {
  scratch = await openScratch(join(dir, 'spill'));
});

afterAll(() => {
  scratch.close();
  rmSync(dir, { recursive: true, force: true });
});

function expected(name: string, ...lines: string[]): ExpectedSegment {
  const text = lines.map((line) => `${line}\n`).join('');
  return { path: name, lines: lines.length, bytes: text.length - lines.length, sha256: createHash('sha256').update(text).digest('hex') };
}

async function write(...lines: string[]): Promise<void> {
  const rows = lines.map((line) => `('${line}', NULL::BLOB, ${line.length}::BIGINT)`).join(', ');
  await writePart(scratch.connection, `FROM (VALUES ${rows}) AS t (raw, raw_bytes, byte_length)`, path, { segments: [], sidecars: [] });
}

function check(...segments: ExpectedSegment[]): Promise<void> {
  return checkPart(scratch.connection, path, segments);
}

describe('checking a part', () => {
  it('accepts the lines that were written', async () => {
    await write('a', 'bb', '', 'ccc');
    await check(expected('one', 'a', 'bb'), expected('two', '', 'ccc'));
  });

  it('refuses other lines, another order, and lines of another file', async () => {
    await write('a', 'bb', '', 'ccc');
    await expect(check(expected('one', 'a', 'bx'), expected('two', '', 'ccc'))).rejects.toThrow('lines of one read back differently');
    await expect(check(expected('one', 'bb', 'a'), expected('two', '', 'ccc'))).rejects.toThrow('lines of one read back differently');
    await expect(check(expected('one', 'a'), expected('two', 'bb', 'xxx', ''))).rejects.toThrow('lines of two read back differently');
  });

  it('refuses more rows and fewer', async () => {
    await write('a', 'bb');
    await expect(check(expected('one', 'a'))).rejects.toThrow('2 rows where 1 were written');
    await expect(check(expected('one', 'a', 'bb', 'c'))).rejects.toThrow('2 rows where 3 were written');
  });

  it('refuses a line that turned into NULL or is not as long as it says', async () => {
    await writePart(scratch.connection, "FROM (VALUES (NULL::VARCHAR, NULL::BLOB, 1::BIGINT)) AS t (raw, raw_bytes, byte_length)", path, { segments: [], sidecars: [] });
    await expect(check(expected('one', 'a'))).rejects.toThrow('no bytes instead of 1');
    await writePart(scratch.connection, "FROM (VALUES ('a', NULL::BLOB, 2::BIGINT)) AS t (raw, raw_bytes, byte_length)", path, { segments: [], sidecars: [] });
    await expect(check(expected('one', 'a'))).rejects.toThrow('1 bytes instead of 2');
  });

  it('refuses a file that is damaged or cut', async () => {
    await write(...Array.from({ length: 200 }, (_, i) => `${i} ${'x'.repeat(i)}`));
    const lines = expected('one', ...Array.from({ length: 200 }, (_, i) => `${i} ${'x'.repeat(i)}`));
    await check(lines);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 9));
    await expect(check(lines)).rejects.toThrow();
    bytes.fill(0x55, 30, 90);
    writeFileSync(path, bytes);
    await expect(check(lines)).rejects.toThrow();
  });
});

it('seals a file with its size and hash', async () => {
  writeFileSync(path, 'sealed');
  expect(await sealFile(path)).toEqual({ bytes: 6, sha256: createHash('sha256').update('sealed').digest('hex') });
  await expect(sealFile(join(dir, 'missing'))).rejects.toThrow('ENOENT');
});
