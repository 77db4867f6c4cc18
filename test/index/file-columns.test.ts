// What is held of files in columns is what was told of each.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FileColumns } from '../../src/index/files/file-columns.ts';
import type { KnownFile } from '../../src/index/files/file-columns.ts';

const amount = fc.integer({ min: 0, max: 2 ** 45 });
const text = fc.constantFrom('a', 'claude-code', '/röot', 'x/日本.jsonl', '');
const told = fc.record({
  fileIx: fc.integer({ min: 1, max: 200 }), source: text, root: text, path: text, project: text, generation: fc.integer({ min: 0, max: 9 }),
  offset: amount, size: amount, lines: amount, rejects: amount, modifiedMs: amount, state: fc.constantFrom('present' as const, 'gone' as const, 'replaced' as const),
});

function factsOf({ fileIx, source, root, path, project, generation, offset, size, lines, rejects, modifiedMs, state }: KnownFile): KnownFile {
  return { fileIx, source, root, path, project, generation, offset, size, lines, rejects, modifiedMs, state };
}

it('columns of files say what was told last', () => {
  fc.assert(fc.property(fc.array(told, { maxLength: 80 }), (files) => {
    const [columns, model] = [new FileColumns(), new Map<number, KnownFile>()];
    for (const file of files) {
      columns.set(file);
      model.set(file.fileIx, file);
    }
    expect(columns.length).toBe(files.length === 0 ? 0 : Math.max(...model.keys()) + 1);
    for (let fileIx = 0; fileIx <= 210; fileIx++) {
      const file = columns.at(fileIx);
      expect(file === undefined ? undefined : factsOf(file)).toEqual(model.get(fileIx));
    }
  }));
});
