// What is kept of all files that are there, while they change, is what adding them up says.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FileEntry } from '../../src/core/file-entry.ts';
import { FileTable, track } from '../../src/ingest/file-table.ts';

const number = fc.integer({ min: 0, max: 1000 });
const state = fc.constantFrom('present' as const, 'gone' as const, 'replaced' as const);
const step = fc.record({ kind: fc.constantFrom('add' as const, 'entry' as const, 'seen' as const, 'move' as const, 'load' as const), file: fc.integer({ min: 1, max: 5 }), offset: number, size: number, state });

function entryOf(fileIx: number, { offset, size, state: is }: Pick<FileEntry, 'offset' | 'size' | 'state'>): FileEntry {
  const fingerprint = { dev: '1', ino: String(fileIx), birthMs: 0, headLength: 0, headHash: '', tailHash: '' };
  return { fileIx, source: 'jsonl', root: '/r', path: `${fileIx}.jsonl`, project: 'p', generation: 0, fingerprint, offset, lines: 0, rejects: 0, size, modifiedMs: 0, adapterState: '', state: is };
}

it('the sums of a table of files are those made anew', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const table = new FileTable();
    for (const { kind, file: ix, ...told } of steps) {
      const file = table.at(ix);
      if (kind === 'load') table.load(table.all());
      else if (kind === 'add' && file === undefined) table.add(track(entryOf(ix, told)));
      else if (file === undefined) continue;
      else if (kind === 'entry') file.entry = entryOf(ix, told);
      else if (kind === 'seen') file.seenSize = told.size;
      else if (kind === 'move') table.move(file, { ...entryOf(ix, told), path: `${told.size}/${ix}.jsonl` });
      const files = table.all().filter((entry) => entry.state === 'present').map((entry) => table.at(entry.fileIx)).filter((one) => one !== undefined);
      expect(table.sums).toMatchObject({
        files: files.length,
        bytesTotal: files.reduce((sum, { seenSize, entry }) => sum + Math.max(seenSize, entry.size), 0),
        bytesRead: files.reduce((sum, { entry }) => sum + entry.offset, 0),
      });
    }
  }));
});
