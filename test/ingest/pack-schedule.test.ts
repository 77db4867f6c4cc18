// Which files are read next, and that each is in one pack at a time.

import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FileTable } from '../../src/ingest/file-table.ts';
import { PackSchedule } from '../../src/ingest/pack-schedule.ts';
import type { TrackedFile } from '../../src/ingest/tracked-file.ts';

function fileOf(fileIx: number, modifiedMs: number, size = 1000): TrackedFile {
  const fingerprint = { dev: '1', ino: String(fileIx), birthMs: 0, headLength: 0, headHash: '', tailHash: '' };
  return new FileTable().add({ fileIx, source: 'jsonl', root: '/r', path: `${fileIx}.jsonl`, project: 'p', generation: 0, fingerprint, offset: 0, lines: 0, rejects: 0, size, modifiedMs, adapterState: '', state: 'present' });
}

/** Packs that end when the test says so. */
class Desk {
  readonly packs: { files: TrackedFile[]; small: boolean; end: () => void; ended: boolean }[] = [];
  readonly schedule: PackSchedule;
  emptied = 0;

  constructor(maxActive: number, gatherMs: () => number = () => 0) {
    this.schedule = new PackSchedule({
      maxActive,
      gatherMs,
      run: (files, small) =>
        new Promise((resolve) => {
          const pack = { files: [...files], small, ended: false, end: (): void => resolve() };
          this.packs.push(pack);
        }),
      onEmpty: () => (this.emptied += 1),
    });
  }

  get active(): TrackedFile[][] {
    return this.packs.filter((pack) => !pack.ended).map((pack) => pack.files);
  }

  async end(at: number): Promise<void> {
    const pack = this.packs.filter((candidate) => !candidate.ended)[at];
    if (pack === undefined) return;
    pack.ended = true;
    pack.end();
    await turn();
  }
}

const numbers = (packs: readonly (readonly TrackedFile[])[]): number[][] => packs.map((files) => files.map((file) => file.entry.fileIx));

describe('the schedule of packs', () => {
  it('reads the newest files first', async () => {
    const desk = new Desk(1);
    const times = [5, 1, 9, 3, 7, 2];
    for (const [i, time] of times.entries()) desk.schedule.add(fileOf(i, time), false, 0);
    await turn();
    expect(numbers(desk.active)).toEqual([[2, 4, 0, 3, 5, 1]]);
  });

  it('puts few large files, or many small ones, into a pack', async () => {
    const large = new Desk(1);
    for (let i = 0; i < 5; i++) large.schedule.add(fileOf(i, i, 3 * 1024 * 1024), false, 0);
    await turn();
    expect(numbers(large.active)).toEqual([[4, 3]]);
    const small = new Desk(1);
    for (let i = 0; i < 100; i++) small.schedule.add(fileOf(i, i, 10), false, 0);
    await turn();
    expect(small.active[0]).toHaveLength(64);
  });

  it('begins with few where much is waiting, and then goes on as always', async () => {
    const desk = new Desk(1);
    for (let i = 0; i < 100; i++) desk.schedule.add(fileOf(i, i, 100_000), false, 0);
    await turn();
    await desk.end(0);
    expect(numbers(desk.packs.map(({ files }) => files)).map((pack) => pack.length)).toEqual([2, 42]);
    expect(desk.packs.map(({ small }) => small)).toEqual([true, false]);
    const large = new Desk(1);
    for (let i = 0; i < 100; i++) large.schedule.add(fileOf(i, i, 5_000_000), false, 0);
    await turn();
    expect(numbers(large.active)).toEqual([[99]]);
  });

  it('lets what is live pass a full house of what is not, and takes it out of the rest', async () => {
    const desk = new Desk(1);
    for (let i = 0; i < 100; i++) desk.schedule.add(fileOf(i, i), false, 0);
    await turn();
    const late = fileOf(500, -1);
    desk.schedule.add(late, false, 0);
    desk.schedule.add(late, true, 0);
    await turn();
    expect(numbers(desk.active)[1]).toEqual([500]);
    await desk.end(1);
    await desk.end(0);
    expect(numbers(desk.active)).toHaveLength(1);
    expect(desk.active[0]).toHaveLength(36);
    expect(desk.active[0]).not.toContain(late);
  });

  it('reads a file again that was written while it was read', async () => {
    const desk = new Desk(2);
    const file = fileOf(1, 1);
    desk.schedule.add(file, true, 10);
    await turn();
    desk.schedule.add(file, true, 20);
    await turn();
    expect(desk.active).toHaveLength(1);
    expect(desk.schedule.oldestDirty()).toBe(10);
    await desk.end(0);
    expect(numbers(desk.active)).toEqual([[1]]);
    expect(desk.emptied).toBe(0);
    await desk.end(0);
    expect(desk.emptied).toBe(1);
    expect(desk.schedule.oldestDirty()).toBeNull();
  });

  it('reads what is live at once after a pause, and what follows together a little later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      let gatherMs = 3;
      const desk = new Desk(1, () => gatherMs);
      for (const n of [1, 2, 3]) {
        desk.schedule.add(fileOf(n, n), true, 0);
        await turn();
      }
      expect(numbers(desk.active)).toEqual([[1]]);
      await desk.end(0);
      expect(desk.active).toEqual([]);
      vi.advanceTimersByTime(3);
      expect(numbers(desk.active)).toEqual([[2, 3]]);
      await desk.end(0);
      vi.advanceTimersByTime(10);
      desk.schedule.add(fileOf(4, 4), true, 0);
      await turn();
      expect(numbers(desk.active)).toEqual([[4]]);
      await desk.end(0);
      // As long as is asked for when a pack begins.
      gatherMs = 20;
      vi.advanceTimersByTime(3);
      desk.schedule.add(fileOf(5, 5), true, 0);
      await turn();
      await desk.end(0);
      desk.schedule.add(fileOf(6, 6), true, 0);
      vi.advanceTimersByTime(19);
      await turn();
      expect(desk.active).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(numbers(desk.active)).toEqual([[6]]);
      await desk.end(0);
      desk.schedule.add(fileOf(7, 7), true, 0);
      await turn();
      await desk.schedule.stop();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('waits for what is under way when it is stopped, and takes no more', async () => {
    const desk = new Desk(1);
    desk.schedule.add(fileOf(1, 1), false, 0);
    await turn();
    desk.schedule.add(fileOf(2, 2), false, 0);
    let stopped = false;
    const stopping = desk.schedule.stop().then(() => (stopped = true));
    desk.schedule.add(fileOf(3, 3), true, 0);
    await turn();
    expect(stopped).toBe(false);
    await desk.end(0);
    await stopping;
    expect(desk.packs).toHaveLength(1);
    expect(desk.schedule.empty).toBe(true);
  });

  it('never has a file in two packs, never too many packs, and forgets none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(fc.record({ file: fc.integer({ min: 0, max: 12 }), live: fc.boolean(), end: fc.integer({ min: -4, max: 3 }) }), { maxLength: 60 }), async (maxActive, steps) => {
        const desk = new Desk(maxActive);
        const files = Array.from({ length: 13 }, (_, i) => fileOf(i, i % 5));
        const owed = new Set<number>();
        const check = (): void => {
          const active = numbers(desk.active).flat();
          expect(new Set(active).size).toBe(active.length);
          expect(desk.active.length).toBeLessThanOrEqual(maxActive + 1);
        };
        let seen = 0;
        const take = (): void => {
          for (; seen < desk.packs.length; seen++) for (const file of desk.packs[seen]?.files ?? []) owed.delete(file.entry.fileIx);
        };
        for (const step of steps) {
          take();
          desk.schedule.add(files[step.file] as TrackedFile, step.live, 0);
          owed.add(step.file);
          await turn();
          take();
          check();
          if (step.end >= 0) await desk.end(step.end);
          take();
          check();
        }
        while (desk.active.length > 0) {
          await desk.end(0);
          take();
        }
        expect([...owed]).toEqual([]);
        expect(desk.schedule.empty).toBe(true);
        for (const file of files) expect(file).toMatchObject({ busy: false, dirtySince: null });
      }),
      { numRuns: 60 },
    );
  });
});
