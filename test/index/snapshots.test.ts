// What snapshots of a session cost, counted in rows that are read and open calls that are copied.

import { expect, it, vi } from 'vitest';
import type { FoldSlice, KnownLake, Past } from '../../src/index/state/past.ts';
import { Snapshots } from '../../src/index/state/snapshots.ts';
import { StateFold } from '../../src/index/state/state-fold.ts';
import type { FoldRow } from '../../src/index/state/state-fold.ts';

/** A session of so many lines, one a millisecond, each with a tool call that never ends. */
class OpenEnded implements Past {
  rowsRead = 0;
  private readonly lines: number;

  constructor(lines: number) {
    this.lines = lines;
  }

  changedSince(known: KnownLake): Promise<KnownLake & { changedMs: number }> {
    return Promise.resolve({ ...known, changedMs: Number.POSITIVE_INFINITY });
  }

  rows(after: number, upto: number, limit: number): Promise<FoldSlice> {
    const end = Math.min(this.lines - 1, upto);
    const rows = Array.from({ length: Math.max(0, Math.min(limit, end - after)) }, (_, i): FoldRow => rowAt(after + 1 + i));
    this.rowsRead += rows.length;
    return Promise.resolve({ rows, upto: rows.at(-1)?.ts === end || rows.length === 0 ? upto : after + rows.length });
  }

  calls(): Promise<[]> {
    return Promise.resolve([]);
  }
}

function rowAt(ts: number): FoldRow {
  return { ts, offset: ts, agent: 0, flags: 0, tools: [{ id: `t${ts}`, name: 'Read' }], results: [], toldError: false };
}

it('of a session whose calls stay open as much is copied as there are calls, and not again for each snapshot', async () => {
  let copied = 0;
  const copy = Object.getOwnPropertyDescriptor(StateFold.prototype, 'copy')?.value as (this: StateFold) => StateFold;
  const spy = vi.spyOn(StateFold.prototype, 'copy').mockImplementation(function counting(this: StateFold) {
    copied += this.open.size;
    return copy.call(this);
  });
  const past = new OpenEnded(20_000);
  const fold = await new Snapshots(10).at(past, 1, 30_000);
  spy.mockRestore();
  expect([fold.open.size, past.rowsRead]).toEqual([20_000, 20_000]);
  expect(copied).toBeGreaterThan(20_000);
  expect(copied).toBeLessThan(60_000);
});

it('what is kept of one session is within the bound, and the last snapshot is kept', async () => {
  const past = new OpenEnded(20_000);
  const snapshots = new Snapshots(10, 8_000_000);
  await snapshots.at(past, 1, 19_999);
  past.rowsRead = 0;
  const again = await snapshots.at(past, 1, 19_999);
  expect(again.open.size).toBe(20_000);
  expect(past.rowsRead).toBeLessThan(15_000);
  past.rowsRead = 0;
  expect((await snapshots.at(past, 1, 100)).open.size).toBe(101);
  expect(past.rowsRead).toBeLessThanOrEqual(101);
});
