// Reading many lines that take long to understand leaves the thread to others in between.

import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SourceFiles } from '../../src/core/archive-port.ts';
import type { ArchivedLines } from '../../src/index/lines/archived-lines.ts';
import { LineBytes } from '../../src/index/lines/line-bytes.ts';
import type { LineRange } from '../../src/index/lines/line-range.ts';

const LINE_BYTES = 10_000;
const COUNT = 200;
const dir = mkdtempSync(join(tmpdir(), 'line-turns-'));
let fd: number;
beforeAll(() => {
  writeFileSync(join(dir, 'log'), Buffer.alloc(COUNT * LINE_BYTES, 'x'));
  fd = openSync(join(dir, 'log'), 'r');
});
afterAll(() => {
  closeSync(fd);
  rmSync(dir, { recursive: true, force: true });
});

const sources = { open: async () => ({ fd, release: () => undefined }) } as unknown as SourceFiles;
const gone = { open: async () => null } as unknown as SourceFiles;
const archived = { readAll: async (wanted: ReadonlyMap<number, LineRange[]>) => new Map([...wanted].map(([file, ranges]) => [file, ranges.map(() => Buffer.alloc(LINE_BYTES, 'x'))])) } as unknown as ArchivedLines;
/** Each a run of its own. */
const ranges = Array.from({ length: COUNT }, (_, i): LineRange => ({ file_ix: 1, byte_offset: i * LINE_BYTES, byte_length: LINE_BYTES / 4 }));

/** How often somebody else had the thread while `work` was done. */
async function turnsBeside(work: () => Promise<void>): Promise<number> {
  let [turns, done] = [0, false];
  const count = (): void => {
    turns += 1;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await work();
  done = true;
  return turns;
}

function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

it.each([['of a file', sources], ['of the archive', gone]])('of lines %s', async (_name, from) => {
  const seen = new Set<number>();
  const turns = await turnsBeside(() => new LineBytes(from, archived).visit(ranges, (i) => {
    seen.add(i);
    busy(1);
  }));
  expect(seen.size).toBe(COUNT);
  // 200 ms of work, in turns of some milliseconds.
  expect(turns).toBeGreaterThan(10);
});

it('much is read one after another', async () => {
  const lines = new LineBytes(sources, archived);
  const wide = [{ file_ix: 1, byte_offset: 0, byte_length: 1_000_000 }, { file_ix: 1, byte_offset: 1_010_000, byte_length: 900_000 }];
  const order: string[] = [];
  const visit = (name: string): Promise<void> => lines.visitInTurn(wide, () => {
    order.push(name);
    busy(10);
  });
  await Promise.all(['a', 'b', 'c'].map(visit));
  expect(order.join('')).toBe('aabbcc');
});
