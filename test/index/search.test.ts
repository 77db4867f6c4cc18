// Searching block by block finds what records say of their text, wherever their rows are.

import { expect, it } from 'vitest';
import { blockFinder } from '../../src/index/search/finder-module.ts';
import { searchAsRecordsSay } from './support/searched.ts';

it('a search finds what records have in their text, the newest first, by pages of any size', async () => {
  expect(blockFinder()).not.toBeNull();
  await searchAsRecordsSay();
}, 120_000);
