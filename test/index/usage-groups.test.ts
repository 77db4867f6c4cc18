// Sums by a key, as many as an answer has room for.

import { expect, it } from 'vitest';
import { Groups } from '../../src/index/book/usage-groups.ts';

it('one more than there is room for is too much, and one that is there is not', () => {
  const groups = new Groups(2);
  for (const key of ['a', null, 'a', null]) groups.at(key);
  expect(() => groups.at('b')).toThrow(expect.objectContaining({ code: 'too_large' }));
});
