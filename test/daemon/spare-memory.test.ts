import { getHeapSpaceStatistics } from 'node:v8';
import { expect, it, vi } from 'vitest';
import { growthPercent, releaseSpareMemory } from '../../src/daemon/spare-memory.ts';

const youngBytes = (): number => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.physical_space_size ?? 0;

it('gives back the young generation that work made grow', async () => {
  // What survives its first collection makes the young generation grow.
  let held: object[] = [];
  for (let i = 0; i < 3_000_000; i++) {
    held.push({ i });
    if (held.length > 200_000) held = [];
  }
  held = [];
  const grown = youngBytes();
  expect(grown).toBeGreaterThan(8 * 1024 * 1024);
  await releaseSpareMemory();
  await vi.waitFor(() => expect(youngBytes()).toBeLessThan(grown / 2), { timeout: 10_000 });
});

it('lets a small heap double, and a large one grow by no more than it needs', () => {
  const MIB = 1024 * 1024;
  expect([20 * MIB, 64 * MIB, 128 * MIB, 1000 * MIB].map(growthPercent)).toEqual([100, 31, 20, 20]);
});
