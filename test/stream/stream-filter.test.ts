// A filter has two homes, memory for live records and the database for history: they agree.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LakeRecord } from '../../src/core/answers/record.ts';
import { compileFilter, type StreamFilter } from '../../src/stream/stream-filter.ts';
import { FakeLake } from './fake-lake.ts';

const names = fc.constantFrom('a', 'b', 'c');
const lists = fc.uniqueArray(names, { minLength: 1, maxLength: 2 });

const filters = fc.record(
  { session: names, project: names, source: names, types: lists, tools: lists, live: fc.constant(true as const) },
  { requiredKeys: [] },
);

const items = fc.record({
  live: fc.boolean(),
  fields: fc.record<Partial<LakeRecord>>({
    session_id: names,
    project: names,
    source: names,
    type: fc.option(names),
    tools: fc.array(fc.record({ id: fc.constant(null), name: names }), { maxLength: 2 }),
  }),
});

it('decides on a record in memory as the lake does on its rows', async () => {
  await fc.assert(
    fc.asyncProperty(filters, fc.array(items, { maxLength: 20 }), async (filter: StreamFilter, records) => {
      const lake = new FakeLake();
      const live: number[] = [];
      const test = compileFilter(filter);
      lake.feed.listen((event) => live.push(...(event.records() ?? []).filter(test).map(({ offset }) => offset)));
      lake.commit(records);
      const history: number[] = [];
      const query = { filter, after: 0, upto: lake.top(), duplicates: false };
      for await (const batch of lake.records(query, 'none')) history.push(...batch.map(({ offset }) => Number(offset)));
      expect(live).toEqual(history);
    }),
    { numRuns: 200 },
  );
});
