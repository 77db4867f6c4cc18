import { expect, it } from 'vitest';
import { Problems } from '../../src/ingest/problems.ts';

it('a look removes what it did not find again, and not what was raised while it looked', () => {
  const problems = new Problems({ now: () => 0 });
  for (const path of ['/still', '/mended']) problems.raise('unreadable_folder', 'before', { path });
  problems.raise('disk_full', 'before');
  const before = problems.list();
  problems.raise('unreadable_folder', 'meanwhile', { path: '/new' });
  problems.keepOnly('unreadable_folder', ['/still'], before);
  expect(problems.list().map(({ code, path }) => [code, path])).toEqual([['unreadable_folder', '/still'], ['disk_full', null], ['unreadable_folder', '/new']]);
  problems.keepOnly('unreadable_folder', ['/still']);
  expect(problems.list()).toHaveLength(2);
});
