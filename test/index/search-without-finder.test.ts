// Where the compiled finder cannot be loaded, every line is looked at: the same hits.

import { expect, it, vi } from 'vitest';
import { blockFinder } from '../../src/index/search/finder-module.ts';
import { searchAsRecordsSay } from './support/searched.ts';

vi.mock('../../src/sources/compiled-module.ts', () => ({
  instantiateModule: () => {
    throw new Error('nothing was compiled');
  },
}));

it('a search finds the same, line by line', async () => {
  expect(blockFinder()).toBeNull();
  await searchAsRecordsSay();
}, 120_000);
