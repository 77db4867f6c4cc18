import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdColumn, setId } from '../../src/core/id-bytes.ts';
import { SeenIds } from '../../src/index/commit/seen-ids.ts';
import { uuidToVector } from '../../src/index/store/vectors.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';

/** An id's 16 bytes in the database's order. */
function vectorOf(id: string): Uint32Array {
  const column = createIdColumn(1);
  setId(column, 0, id);
  const vector = new Uint8Array(16);
  uuidToVector(column.bytes, 0, vector, 0);
  return new Uint32Array(vector.buffer);
}

const noDatabase = undefined as never;

/** Ids as writers make them, a million of each. */
const STRUCTURED: Record<string, (i: number) => string> = {
  'a counter at the end': (i) => `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`,
  'a counter at the start': (i) => `${i.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
  'time and a counter, as UUID 7': (i) => `019a${Math.floor(i / 1000).toString(16).padStart(4, '0')}-${(i % 1000).toString(16).padStart(4, '0')}-7000-8000-${(i * 31).toString(16).padStart(12, '0')}`,
  'the same number in both halves': (i) => `${i.toString(16).padStart(8, '0')}-0000-4000-8000-0000${i.toString(16).padStart(8, '0')}`,
};

describe('ids of a session', () => {
  it.each(Object.entries(STRUCTURED))('are told apart: %s', async (_name, idOf) => {
    const seen = new SeenIds();
    await seen.prepare(noDatabase, [1], () => true);
    const bytes = new Uint8Array(16);
    const words = new Uint32Array(bytes.buffer);
    const column = createIdColumn(1);
    let repeats = 0;
    for (let i = 0; i < 200_000; i++) {
      setId(column, 0, idOf(i));
      uuidToVector(column.bytes, 0, bytes, 0);
      if (!seen.add(1, words, 0)) repeats += 1;
    }
    expect(repeats).toBe(0);
  });

  it('are of that session alone, and need it prepared', async () => {
    const seen = new SeenIds();
    await seen.prepare(noDatabase, [1, 2], () => true);
    const id = vectorOf('some id');
    expect([seen.add(1, id, 0), seen.add(1, id, 0), seen.add(2, id, 0)]).toEqual([true, false, true]);
    expect(() => seen.add(3, id, 0)).toThrow(/session 3/);
  });

  it('read back are the ids held: any mix of held, dropped and restarted gives the same repeats', async () => {
    const index = await TestIndex.open();
    try {
      const id = fc.oneof(fc.integer({ min: 1, max: 8 }).map((n) => `00000000-0000-4000-8000-00000000000${n}`), fc.constantFrom('toolu_1', 'toolu_2', '00000000-0000-0000-0000-000000000000', 'half \ud83d'), fc.constant(null));
      const turn = fc.record({ ids: fc.array(id, { minLength: 1, maxLength: 6 }), restart: fc.boolean() });
      let fileIx = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 5 }), async (turns) => {
          const file = new SourceFile(++fileIx, `-p/run-${fileIx}.jsonl`);
          const after = index.writer.top();
          for (const { ids, restart } of turns) {
            await index.commit([file.read(ids.map((uuid) => JSON.stringify({ type: 'system', uuid })))]);
            if (restart) await index.restart();
          }
          const known = new Set<string>();
          const expected = turns.flatMap(({ ids }) => ids).map((uuid) => {
            const repeated = uuid !== null && known.has(uuid);
            if (uuid !== null) known.add(uuid);
            return repeated;
          });
          const records = (await index.records(true)).filter((record) => Number(record.offset) > after);
          expect(records.map((record) => record.duplicate === true)).toEqual(expected);
        }),
        { numRuns: 12, endOnFailure: true },
      );
    } finally {
      await index.remove();
    }
  });

  it('let go at the bound are those of the sessions written longest ago', async () => {
    const seen = new SeenIds();
    const many = 170_000;
    await seen.prepare(noDatabase, [1, 2, 3], () => true);
    const words = new Uint32Array(4);
    const fill = (session: number): void => {
      for (let i = 0; i < many; i++) {
        words[0] = i;
        words[2] = session;
        seen.add(session, words, 0);
      }
    };
    for (const session of [1, 2, 3]) fill(session);
    const loaded: number[] = [];
    await seen.prepare(noDatabase, [1], () => false);
    seen.trim();
    await seen.prepare(noDatabase, [3, 1, 2], (session) => {
      loaded.push(session);
      return true;
    });
    // Three sets of 2 MiB are within the bound; nothing goes.
    expect(loaded).toEqual([]);
    await seen.prepare(noDatabase, [4], () => true);
    fill(4);
    seen.trim();
    await seen.prepare(noDatabase, [3, 1, 2, 4], (session) => {
      loaded.push(session);
      return true;
    });
    expect(loaded).toEqual([3]);
  });
});
