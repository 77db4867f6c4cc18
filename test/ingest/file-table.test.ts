// A table of files is held against a plain list of what was told of them: who is where, in which inode, what they come
// to together.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FileEntry } from '../../src/core/file-entry.ts';
import { FileTable, inodeOf, pathOf } from '../../src/ingest/file-table.ts';
import type { TrackedFile } from '../../src/ingest/tracked-file.ts';

const number = fc.integer({ min: 0, max: 1000 });
const text = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '"', '\\'), maxLength: 12 });
const hash = fc.constantFrom('', '0123456789abcdef', 'distrusted');
const told = fc.record({
  source: fc.constantFrom('jsonl', 'claude-code'), root: fc.constantFrom('/r', '/other'), path: fc.constantFrom('a.jsonl', 'b.jsonl', 'c/ü.jsonl'), project: fc.constantFrom('p', 'q'),
  fingerprint: fc.record({ dev: fc.constantFrom('1', '18446744073709552000'), ino: fc.constantFrom('3', '9007199254740993000', '5'), birthMs: number, headLength: number, headHash: hash, tailHash: hash }),
  generation: number, offset: number, lines: number, rejects: number, size: number, modifiedMs: number, adapterState: text,
  state: fc.constantFrom('present' as const, 'gone' as const, 'replaced' as const),
});
const step = fc.record({ kind: fc.constantFrom('add' as const, 'entry' as const, 'seen' as const, 'move' as const, 'load' as const), file: fc.integer({ min: 1, max: 12 }), told });

/** The same, one object a file. */
class Model {
  files = new Map<number, { entry: FileEntry; seenSize: number }>();
  paths = new Map<string, number>();

  put(entry: FileEntry): void {
    const { fileIx, offset, size } = entry;
    this.files.set(fileIx, { entry, seenSize: this.files.get(fileIx)?.seenSize ?? (offset === size ? size : -1) });
    const known = this.files.get(this.paths.get(pathOf(entry)) ?? 0);
    if (entry.state !== 'replaced' && (known === undefined || entry.state === 'present' || known.entry.state !== 'present')) this.paths.set(pathOf(entry), fileIx);
  }

  move(entry: FileEntry): void {
    const before = pathOf((this.files.get(entry.fileIx) as { entry: FileEntry }).entry);
    if (this.paths.get(before) === entry.fileIx) this.paths.delete(before);
    this.put(entry);
  }

  load(): void {
    const entries = [...this.files.values()].map(({ entry }) => entry);
    this.files.clear();
    this.paths.clear();
    for (const entry of entries) this.put(entry);
  }

  present(isPlaced: boolean): number[] {
    return [...this.files.values()].filter(({ entry }) => entry.state === 'present' && (this.paths.get(pathOf(entry)) === entry.fileIx) === isPlaced).map(({ entry }) => entry.fileIx).toSorted((a, b) => a - b);
  }
}

const numbers = (files: readonly TrackedFile[]): number[] => files.map(({ fileIx }) => fileIx);

it('a table of files says what was told of each', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const [table, model] = [new FileTable(), new Model()];
    for (const { kind, file: fileIx, told: rest } of steps) {
      const [file, entry, known] = [table.at(fileIx), { ...rest, fileIx }, model.files.get(fileIx)];
      if (kind === 'load') {
        const other = new FileTable();
        for (const one of model.files.values()) other.put(one.entry);
        table.become(other);
        model.load();
      } else if (file === undefined || known === undefined) {
        if (kind !== 'add') continue;
        table.add(entry);
        model.put(entry);
      } else if (kind === 'entry') {
        // What is read of a file changes neither its place nor its inode.
        known.entry = { ...entry, root: known.entry.root, path: known.entry.path, fingerprint: { ...entry.fingerprint, dev: known.entry.fingerprint.dev, ino: known.entry.fingerprint.ino } };
        file.entry = known.entry;
      } else if (kind === 'seen') {
        file.seenSize = entry.size;
        known.seenSize = entry.size;
      } else if (kind === 'move') {
        table.move(file, entry);
        model.move(entry);
      }
    }
    const all = [...model.files.values()];
    for (const { entry, seenSize } of all) {
      const file = table.at(entry.fileIx) as TrackedFile;
      expect([file.entry, file.seenSize, file.absolute, table.at(entry.fileIx)]).toEqual([entry, seenSize, pathOf(entry), file]);
      const twins = all.filter((other) => inodeOf(other.entry) === inodeOf(entry)).map((other) => other.entry.fileIx).toSorted((a, b) => b - a);
      expect(twins.slice(0, 8)).toEqual(expect.arrayContaining(numbers(table.withInode(inodeOf(entry))).slice(0, 8)));
      if (twins.length <= 8) expect(numbers(table.withInode(inodeOf(entry)))).toEqual(twins);
      expect(table.atPath(pathOf(entry))?.fileIx).toBe(model.paths.get(pathOf(entry)));
    }
    expect([numbers(table.present()), numbers(table.displaced())]).toEqual([model.present(true), model.present(false)]);
    const present = all.filter(({ entry }) => entry.state === 'present');
    expect(table.sums).toMatchObject({
      files: present.length,
      bytesTotal: present.reduce((sum, { seenSize, entry }) => sum + Math.max(seenSize, entry.size), 0),
      bytesRead: present.reduce((sum, { entry }) => sum + entry.offset, 0),
    });
  }));
});

it('the ninth that had an inode, and those before it, are forgotten', () => {
  const table = new FileTable();
  const fingerprint = { dev: '1', ino: '7', birthMs: 0, headLength: 0, headHash: '', tailHash: '' };
  for (let fileIx = 1; fileIx <= 11; fileIx++) {
    table.add({ fileIx, source: 'jsonl', root: '/r', path: `${fileIx}.jsonl`, project: 'p', generation: 0, fingerprint, offset: 0, lines: 0, rejects: 0, size: 0, modifiedMs: 0, adapterState: '', state: 'gone' });
  }
  expect(numbers(table.withInode('1:7'))).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
  expect(table.withInode('1:8')).toEqual([]);
});
