// Calls that several sessions tell of: what follows the commits is what the tables say, whoever owned a call when and
// whichever calls the writer held.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hash64 } from '../../src/core/bytes/hash64.ts';
import { Followed } from '../../src/index/follow/followed.ts';
import { readSharedCalls } from '../../src/index/held/shared-calls.ts';
import type { SharedCalls } from '../../src/index/held/shared-calls.ts';
import { compact } from '../../src/index/commit/compaction.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';
import { assistantLine } from '../support/claude-lines.ts';

const SESSIONS = ['s1', 's2', 's3'];
const MESSAGES = ['m1', 'm2', 'm3', 'm4'];

const line = fc.record({
  session: fc.constantFrom(...SESSIONS), message: fc.constantFrom(...MESSAGES), request: fc.constantFrom('r1', 'r2', null), n: fc.nat(50), output: fc.nat(20), onSide: fc.boolean(),
});
const step = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 4 }), file: fc.integer({ min: 1, max: 3 }), asked: fc.boolean(), afterwards: fc.constantFrom('nothing', 'nothing', 'nothing', 'nothing', 'settle', 'restart', 'compact'),
});

function sharedBy(shared: SharedCalls, sessions: readonly number[]): string[] {
  return MESSAGES.flatMap((message) => sessions.map((session) => {
    const elsewhere = shared.elsewhere(new Set([hash64(message), hash64('another')]), session);
    return elsewhere.isNothing ? 'none' : elsewhere.condition('m');
  }));
}

it('calls that several sessions tell of are the same by the commits as by the tables', async () => {
  let seen = 0;
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), fc.constantFrom(0, 65_536), async (steps, journalMaxBytes) => {
    const index = await TestIndex.open(undefined, undefined, { journalMaxBytes });
    try {
      const files = new Map([1, 2, 3].map((ix) => [ix, new SourceFile(ix, `-p/f${ix}.jsonl`)]));
      const read = (): ReturnType<typeof readSharedCalls> => index.readers.ahead(readSharedCalls);
      let followed = new Followed(index.versions.changes, read);
      await followed.current();
      for (const { lines, file, asked, afterwards } of steps) {
        const ids = lines.map(({ onSide, ...call }, i) => assistantLine({ ...call, extra: { uuid: null, isSidechain: onSide, ...(i === 0 ? {} : { cwd: '/elsewhere' }) } }));
        await index.commit([(files.get(file) as SourceFile).read(ids)]);
        if (asked) await followed.current();
        if (afterwards === 'settle') await index.writer.settle();
        if (afterwards === 'compact') await index.writer.exclusively(compact);
        if (afterwards === 'restart') {
          await index.restart();
          followed = new Followed(index.versions.changes, read);
          await followed.current();
        }
      }
      const sessions = SESSIONS.flatMap((id) => index.writer.sessions.ixOfId(id) ?? []);
      const shared = sharedBy(await followed.current(), sessions);
      expect(shared).toEqual(sharedBy((await read()).held, sessions));
      if (shared.some((one) => one !== 'none')) seen += 1;
    } finally {
      await index.remove();
    }
  }), { numRuns: 25, endOnFailure: true });
  expect(seen).toBeGreaterThan(5);
}, 60_000);
