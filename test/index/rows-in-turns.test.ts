// Rows taken in turns are the rows that are taken at once.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryRows } from '../../src/index/store/query.ts';
import { queryRowsInTurns } from '../../src/index/store/rows-in-turns.ts';
import { TestIndex } from './support/test-index.ts';

describe('rows in turns', () => {
  let index: TestIndex;
  beforeAll(async () => void (index = await TestIndex.open()));
  afterAll(() => index.remove());

  it.each([0, 1, 5000])('are the same: %i rows', async (count) => {
    const sql = `SELECT n AS number, CASE WHEN n % 3 = 0 THEN NULL ELSE n::VARCHAR END AS text, n % 2 = 0 AS even FROM range(${count}) t(n) ORDER BY n`;
    const [inTurns, atOnce] = await index.readers.use(async (connection) => [await queryRowsInTurns(connection, sql), await queryRows(connection, sql)]);
    expect(inTurns).toEqual(atOnce);
    expect(inTurns).toHaveLength(count);
  });
});
