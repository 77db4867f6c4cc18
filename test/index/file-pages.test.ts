// What is kept of all files while they change is what adding everything up says.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FilePages } from '../../src/index/files/file-pages.ts';
import type { FileFacts } from '../../src/index/files/file-pages.ts';
import { FileSessions } from '../../src/index/files/file-sessions.ts';

const FILES = 6;
const IDLE_MS = 50;
const number = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const fileIx = fc.integer({ min: 1, max: FILES });

const step = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), fileIx, offset: number(1000), size: number(1000), lines: number(9), rejects: number(3), modifiedMs: number(400), state: fc.constantFrom('present', 'gone', 'replaced') }),
  fc.record({ kind: fc.constant('join' as const), fileIx, session: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constantFrom('archive' as const, 'lose' as const), fileIx, bytes: number(500) }),
  fc.record({ kind: fc.constant('ask' as const), nowMs: number(500) }),
);

function unarchivedAnew(pages: FilePages, settled: ReadonlyMap<number, number>, sinceMs: number): number {
  const files = [...pages.all()];
  const running = new Set(files.filter(({ state, modifiedMs }) => state === 'present' && modifiedMs > sinceMs).flatMap((file) => pages.sessionsOf(file.fileIx)));
  const due = files.filter((file) => file.state !== 'replaced' && !pages.sessionsOf(file.fileIx).some((session) => running.has(session)));
  return due.reduce((sum, file) => sum + file.offset - (settled.get(file.fileIx) ?? 0), 0);
}

function totalsAnew(pages: FilePages): Record<string, number> {
  const files = [...pages.all()].filter(({ state }) => state !== 'replaced');
  const sum = (of: (file: FileFacts) => number): number => files.reduce((total, file) => total + of(file), 0);
  return { files: files.length, bytesTotal: sum(({ size, offset }) => Math.max(size, offset)), bytesIndexed: sum(({ offset }) => offset), lines: sum(({ lines }) => lines), rejects: sum(({ rejects }) => rejects) };
}

describe('the sums of files', () => {
  it('are those made anew, whatever came in which order, and whichever way time goes', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pages = new FilePages();
      const settled = new Map<number, number>();
      for (const one of steps) {
        if (one.kind === 'file') {
          const { kind: _kind, ...facts } = one;
          pages.set({ source: 's', root: '/r', path: `${one.fileIx}.jsonl`, project: 'p', generation: 0, ...facts } as FileFacts);
        } else if (one.kind === 'join') pages.join(one.fileIx, one.session);
        else if (one.kind === 'ask') expect(pages.unarchivedBytes(one.nowMs - IDLE_MS)).toBe(unarchivedAnew(pages, settled, one.nowMs - IDLE_MS));
        else {
          if (one.kind === 'archive') pages.addArchived(one.fileIx, one.bytes);
          else pages.addNeverArchived(one.fileIx, one.bytes);
          settled.set(one.fileIx, (settled.get(one.fileIx) ?? 0) + one.bytes);
        }
        expect(pages.totals).toMatchObject(totalsAnew(pages));
      }
    }), { numRuns: 500 });
  });
});

describe('which files are of which sessions', () => {
  it('is known both ways, and each once', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 5 })), { maxLength: 80 }), (told) => {
      const joined = new FileSessions();
      const [sessions, files] = [new Map<number, number[]>(), new Map<number, number[]>()];
      for (const [file, session] of told) {
        const isNew = sessions.get(file)?.includes(session) !== true;
        expect(joined.join(file, session)).toBe(isNew);
        if (!isNew) continue;
        sessions.set(file, [...(sessions.get(file) ?? []), session]);
        files.set(session, [...(files.get(session) ?? []), file]);
      }
      for (const [file, of] of sessions) expect(joined.of(file)).toEqual(of);
      for (const [session, of] of files) expect([...joined.filesOf(session)].toSorted((a, b) => a - b)).toEqual(of.toSorted((a, b) => a - b));
      expect(joined.of(701)).toEqual([]);
      expect([...joined.filesOf(6)]).toEqual([]);
    }));
  });
});
