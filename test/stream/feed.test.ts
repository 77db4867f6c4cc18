// The feed hands every commit to every listener, whatever one of them does.

import { expect, it } from 'vitest';
import { Feed } from '../../src/stream/feed.ts';
import { silentLogger } from './fake-lake.ts';

const commit = (prev: number, top: number) => ({ prev, top, mayBeLive: true, records: () => [] });

it('moves its top before anybody hears of the commit', () => {
  const feed = new Feed(7, silentLogger);
  const tops: number[] = [feed.top];
  feed.listen(() => tops.push(feed.top));
  feed.publish(commit(7, 9));
  expect(tops).toEqual([7, 9]);
});

it('goes on to the others after a listener that throws, and says so once', () => {
  const errors: object[] = [];
  const feed = new Feed(0, { ...silentLogger, error: (fields) => errors.push(fields) });
  const heard: string[] = [];
  feed.listen(() => heard.push('first'));
  feed.listen(() => {
    throw new Error('broken');
  });
  feed.listen(() => heard.push('last'));
  feed.publish(commit(0, 1));
  expect(heard).toEqual(['first', 'last']);
  expect(errors).toEqual([{ err: new Error('broken'), top: 1 }]);
});

it('forgets a listener that left, and only that one', () => {
  const feed = new Feed(0, silentLogger);
  let heard = 0;
  const listener = (): void => {
    heard += 1;
  };
  const leave = feed.listen(listener);
  feed.listen(listener);
  leave();
  leave();
  feed.publish(commit(0, 1));
  expect(heard).toBe(1);
});
