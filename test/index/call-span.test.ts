// The first and the last call of a time, looked for from its ends, are those among all calls that count.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Prices } from '../../src/prices/prices.ts';
import { SessionBook } from '../../src/index/book/session-book.ts';
import { LakeRates } from '../../src/index/spending/rates.ts';
import { Conditions } from '../../src/index/rows/conditions.ts';
import { callSpan } from '../../src/index/queries/call-span.ts';
import { countedCallsSql } from '../../src/index/spending/spend.ts';
import { histories, operationsOf } from './support/histories.ts';
import { TestIndex } from './support/test-index.ts';

interface Bounds {
  session_ix: number;
  from_bucket: number;
  to_bucket: number;
  first_ms: number;
  last_ms: number;
}

const boundsSql = (session: string): string => `SELECT ${session} AS session_ix, min(bucket)::DOUBLE AS from_bucket, max(bucket)::DOUBLE AS to_bucket, min(at_ms)::DOUBLE AS first_ms, max(at_ms)::DOUBLE AS last_ms
  FROM ${countedCallsSql()} WHERE at_ms >= 0 GROUP BY ALL HAVING count(*) > 0`;

describe('the span of calls', () => {
  it('is that of the calls that count, of all sessions and of each', async () => {
    await fc.assert(fc.asyncProperty(histories(12), async (steps) => {
      const index = await TestIndex.open();
      try {
        for (const ops of operationsOf(steps)) await index.commit(ops);
        for (const { session_ix: ix, ...bounds } of [...(await index.rows<Bounds>(boundsSql('0'))), ...(await index.rows<Bounds>(boundsSql('session_ix')))]) {
          const scope = ix === 0 ? new Conditions() : new Conditions().equals('session_ix', ix);
          expect(await callSpan(index.readers, scope, bounds.from_bucket, bounds.to_bucket)).toEqual({ firstMs: bounds.first_ms, lastMs: bounds.last_ms });
        }
        expect(await callSpan(index.readers, new Conditions(), -10, -10)).toBe(null);
      } finally {
        await index.remove();
      }
    }), { numRuns: 14, endOnFailure: true });
  }, 120_000);

  it('is held as commits tell of it, of all sessions and of each', async () => {
    await fc.assert(fc.asyncProperty(histories(12), async (steps) => {
      const index = await TestIndex.open();
      const book = new SessionBook({ readers: index.readers, names: index.writer, rates: new LakeRates(async () => new Prices(null), index.writer.strings), changes: index.versions.changes });
      try {
        const asked: number[] = [];
        for (const ops of operationsOf(steps)) {
          await index.commit(ops);
          await book.current();
          for (const bucket of asked) expect(book.calls.times(bucket, () => true)).not.toBe(null);
          const sql = (session: string): string => `SELECT ${session} AS session_ix, bucket::DOUBLE AS from_bucket, min(at_ms)::DOUBLE AS first_ms, max(at_ms)::DOUBLE AS last_ms FROM ${countedCallsSql()} WHERE at_ms >= 0 GROUP BY ALL HAVING count(*) > 0`;
          for (const { session_ix: ix, from_bucket: bucket, first_ms: firstMs, last_ms: lastMs } of [...(await index.readers.rows<Bounds>(sql('0'))), ...(await index.readers.rows<Bounds>(sql('session_ix')))]) {
            const isHeld = book.calls.times(bucket, () => true) !== null;
            if (!isHeld && !asked.includes(bucket)) {
              if (asked.length === 3) continue;
              await book.calls.read(index.readers, bucket);
              asked.push(bucket);
            }
            expect(book.calls.times(bucket, (session) => ix === 0 || session === ix)).toEqual({ firstMs, lastMs });
          }
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 14, endOnFailure: true });
  }, 120_000);
});
