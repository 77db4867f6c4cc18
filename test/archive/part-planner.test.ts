// Which bytes share a part, and where large files are cut.

import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { groupSegments, pieceEnd } from '../../src/archive/part-planner.ts';
import type { ArchiveSegment } from '../../src/core/archive-port.ts';

const dir = mkdtempSync(join(tmpdir(), 'planner-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function segment(fileIx: number, bytes: number, source = 'jsonl', month = '2026-11'): ArchiveSegment {
  return { fileIx, fileId: `f${fileIx}`, source, project: 'p', root: '/r', path: `/r/${fileIx}`, generation: 0, birthMs: 0, gone: false, from: 10, to: 10 + bytes, longLines: [], linesBefore: 1, adapterState: '', month };
}

describe('grouping', () => {
  it('keeps parts of one source and month within bytes and files', () => {
    const groups = groupSegments([segment(1, 40), segment(2, 50, 'codex'), segment(3, 40), segment(4, 40), segment(5, 1, 'jsonl', '2026-10'), segment(6, 0), segment(7, 500), segment(8, 10)], { sourceBytes: 100, files: 10 });
    expect(groups.map((group) => group.map(({ fileIx }) => fileIx))).toEqual([[1, 3], [2], [4], [5], [7], [8]]);
  });

  it('never puts a file twice into one part', () => {
    const groups = groupSegments([segment(1, 4), segment(1, 4), segment(2, 4)], { sourceBytes: 100, files: 10 });
    expect(groups.map((group) => group.map(({ fileIx }) => fileIx))).toEqual([[1], [1, 2]]);
  });

  it('takes every segment once, in bounds', () => {
    const segments = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom('a', 'b'), fc.constantFrom('2026-01', '2026-02')), { maxLength: 60 });
    fc.assert(
      fc.property(segments, fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 5 }), (list, sourceBytes, files) => {
        const all = list.map(([bytes, source, month], i) => segment(i, bytes, source, month));
        const groups = groupSegments(all, { sourceBytes, files });
        expect(groups.flat().map(({ fileIx }) => fileIx).sort((a, b) => a - b)).toEqual(all.map(({ fileIx }) => fileIx));
        for (const group of groups) {
          expect(new Set(group.map(({ source, month }) => `${source} ${month}`)).size).toBe(1);
          expect(group.length).toBeLessThanOrEqual(files);
          if (group.length > 1) expect(group.reduce((sum, { from, to }) => sum + to - from, 0)).toBeLessThanOrEqual(sourceBytes);
        }
      }),
    );
  });
});

describe('cutting', () => {
  it('ends a piece after the last newline within the limit, or after a line that is longer', async () => {
    const path = join(dir, 'lines');
    const piece = fc.record({
      lengths: fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(70_000), fc.constant(140_000)), { minLength: 1, maxLength: 8 }),
      max: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 60_000, max: 200_000 })),
      first: fc.nat(7),
    });
    await fc.assert(
      fc.asyncProperty(piece, async ({ lengths, max, first }) => {
        const text = lengths.map((length) => `${'x'.repeat(length)}\n`);
        writeFileSync(path, text.join(''));
        const ends = text.map((_, i) => text.slice(0, i + 1).join('').length);
        const from = first >= lengths.length - 1 ? 0 : (ends[first] as number);
        const fitting = ends.findLast((end) => end > from && end <= from + max);
        const fd = openSync(path, 'r');
        try {
          expect(await pieceEnd(fd, from, ends.at(-1) as number, max)).toBe(fitting ?? ends.find((end) => end > from));
        } finally {
          closeSync(fd);
        }
      }),
    );
  });
});
