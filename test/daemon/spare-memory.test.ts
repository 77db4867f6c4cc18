import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { growthPercent, releaseSpareMemory } from '../../src/daemon/spare-memory.ts';
import { boundYoungGeneration, youngBytes } from '../../src/daemon/young-generation.ts';

const MIB = 1024 * 1024;

/** What survives its first collection makes the young generation grow. */
function work(often: () => void): void {
  let held: object[] = [];
  for (let i = 0; i < 3_000_000; i++) {
    held.push({ i });
    if (i % 1000 === 0) often();
    if (held.length > 200_000) held = [];
  }
}

it('gives back the young generation that work made grow', async () => {
  work(() => undefined);
  const grown = youngBytes();
  expect(grown).toBeGreaterThan(8 * MIB);
  await releaseSpareMemory();
  await vi.waitFor(() => expect(youngBytes()).toBeLessThan(grown / 2), { timeout: 10_000 });
});

it('lets the young generation grow no further than enough, also when a thread has begun meanwhile', async () => {
  await releaseSpareMemory();
  await vi.waitFor(() => expect(youngBytes()).toBeLessThan(8 * MIB), { timeout: 10_000 });
  work(boundYoungGeneration);
  expect(youngBytes()).toBe(8 * MIB);
  const worker = new Worker('', { eval: true });
  await once(worker, 'exit');
  // It may have grown once before it was bound again; work would let it grow to 32 MiB.
  work(boundYoungGeneration);
  expect(youngBytes()).toBeLessThanOrEqual(16 * MIB);
});

it('lets a small heap double, and a large one grow by no more than it needs', () => {
  expect([20 * MIB, 64 * MIB, 128 * MIB, 1000 * MIB].map(growthPercent)).toEqual([100, 31, 20, 20]);
});
