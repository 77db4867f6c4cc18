import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archivedFiles, endOf } from '../../src/archive/adoption-plan.ts';
import type { ArchivedFile, DescribedPart } from '../../src/archive/adoption-plan.ts';
import type { DescribedSegment } from '../../src/archive/part-metadata.ts';

const segment = (from: number, to: number, more: Partial<DescribedSegment> = {}): DescribedSegment => ({
  fileId: 'f1', project: 'p', root: '/r', path: 'a.jsonl', generation: 0, birthMs: 0, from, to, linesBefore: from, lines: to - from, stateBefore: '', session: null, ...more,
});
const part = (path: string, ...segments: DescribedSegment[]): DescribedPart => ({ path, source: 'jsonl', segments });
const same = async (): Promise<boolean> => true;
const ranges = ({ pieces }: ArchivedFile): [string, number, number][] => pieces.map(({ part: of, from, to }) => [of, from, to]);

describe('the files of unlisted parts', () => {
  it('are put together from their pieces, whatever the order of the parts', async () => {
    const files = await archivedFiles([part('b', segment(10, 30)), part('a', segment(0, 10), segment(0, 5, { fileId: 'f2', path: 'b.jsonl' }))], same);
    expect(files.map((file) => [file.path, ranges(file)])).toEqual([['a.jsonl', [['a', 0, 10], ['b', 10, 30]]], ['b.jsonl', [['a', 0, 5]]]]);
  });

  it('take lines that are in several parts once, from the part that has most of them', async () => {
    const [file] = await archivedFiles([part('a', segment(0, 10)), part('b', segment(10, 20)), part('merged', segment(0, 30))], same);
    expect(ranges(file as ArchivedFile)).toEqual([['merged', 0, 30]]);
    const [cut] = await archivedFiles([part('a', segment(0, 10)), part('b', segment(5, 20))], same);
    expect(ranges(cut as ArchivedFile)).toEqual([['a', 0, 10], ['b', 10, 20]]);
  });

  it('are two where the same name has other bytes, or another root', async () => {
    expect((await archivedFiles([part('a', segment(0, 10)), part('b', segment(0, 12))], async () => false)).map(endOf)).toEqual([12, 10]);
    expect(await archivedFiles([part('a', segment(0, 10)), part('b', segment(10, 12, { root: '/other' }))], same)).toHaveLength(2);
  });

  it('of which some parts do not tell the root are one with those that do', async () => {
    const [file, ...others] = await archivedFiles([part('a', segment(0, 10, { root: null })), part('b', segment(10, 12))], same);
    expect(others).toEqual([]);
    expect(ranges(file as ArchivedFile)).toEqual([['a', 0, 10], ['b', 10, 12]]);
  });

  it('that were moved, and moved back, are one, where their last bytes are', async () => {
    const born = { birthMs: 7 };
    const moved = { ...born, root: '/archived', path: 'b.jsonl', generation: 3 };
    const [file, ...others] = await archivedFiles([part('a', segment(0, 10, born)), part('b', segment(10, 20, moved))], same);
    expect(others).toEqual([]);
    expect(file).toMatchObject({ root: '/archived', path: 'b.jsonl', generation: 3 });
    expect(ranges(file as ArchivedFile)).toEqual([['a', 0, 10], ['b', 10, 20]]);
    const back = await archivedFiles([part('a', segment(0, 10, born)), part('b', segment(10, 20, moved)), part('c', segment(20, 30, born)), part('merged', segment(0, 20, moved))], same);
    expect(back.map((one) => [one.path, ranges(one)])).toEqual([['a.jsonl', [['merged', 0, 20], ['c', 20, 30]]]]);
  });

  it('are two where another path was born at another time, or goes on elsewhere', async () => {
    const first = part('a', segment(0, 10, { birthMs: 7 }));
    for (const other of [{ birthMs: 8 }, { birthMs: 7, linesBefore: 9 }]) expect(await archivedFiles([first, part('b', segment(10, 20, { path: 'b.jsonl', ...other }))], same)).toHaveLength(2);
    expect(await archivedFiles([first, part('b', segment(11, 20, { path: 'b.jsonl', birthMs: 7 }))], same)).toHaveLength(2);
  });

  it('have every byte that any part has, once and in order', async () => {
    const piece = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 20 })).map(([from, length]) => segment(from, from + length));
    await fc.assert(fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 12 }), async (segments) => {
      const files = await archivedFiles(segments.map((one, i) => part(`p${i}`, one)), same);
      expect(files).toHaveLength(1);
      const { pieces } = files[0] as ArchivedFile;
      const covered = pieces.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
      const wanted = new Set(segments.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)));
      expect(covered).toEqual([...wanted].sort((a, b) => a - b));
      for (const { part: of, from, to } of pieces) {
        const whole = segments[Number(of.slice(1))] as DescribedSegment;
        expect(from >= whole.from && to <= whole.to).toBe(true);
      }
    }));
  });
});
