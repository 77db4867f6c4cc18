// The look at files: what is found of each, however often it is looked at, and whatever its name is.

import { appendFileSync, linkSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lookAtFiles } from '../../src/daemon/reconcile/file-check.ts';
import type { FileLook } from '../../src/daemon/reconcile/file-check.ts';
import { filesAmong, readKnownFiles } from '../../src/daemon/reconcile/file-rows.ts';
import { knownFiles } from '../../src/daemon/reconcile/known-file.ts';
import { hashBytes } from '../../src/ingest/identity.ts';
import { SourceFile } from '../index/support/source-file.ts';
import { TestIndex } from '../index/support/test-index.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'sessionlake-look-'))));
afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true });
});

const TEXT = '{"n":1}\n{"n":2}\n';

/** As the index knows a file that it read to its end. */
function known(fileIx: number, path: string, headHash = hashBytes(Buffer.from(TEXT))): string {
  const { dev, ino } = lstatSync(path);
  return [fileIx, 'present', TEXT.length, dev, ino, TEXT.length, headHash, hashBytes(Buffer.from(TEXT)), path].join('\0');
}

function write(name: string): string {
  const path = join(root, name);
  writeFileSync(path, TEXT);
  return path;
}

const look = (files: readonly string[], more: Partial<FileLook> = {}): ReturnType<typeof lookAtFiles> =>
  lookAtFiles({ known: files.length === 0 ? [] : [Buffer.from(files.join('\0'))], roots: [], also: [], sound: new Float64Array(0), ...more });
const codes = async (looked: ReturnType<typeof lookAtFiles>): Promise<(readonly [string, string])[]> => (await looked).findings.map(({ code, path }) => [code, (path ?? '').slice(root.length + 1)] as const);

describe('a look at files', () => {
  it('tells what became of each, in their order, and what nobody knows', async () => {
    const names = ['sound', 'behind', 'cut', 'changed', 'link', 'folder', 'other'];
    const entries = names.map((name, i) => known(i + 1, write(`${name}.jsonl`)));
    appendFileSync(join(root, 'behind.jsonl'), '{"n":3}\nno end');
    writeFileSync(join(root, 'cut.jsonl'), '{}\n');
    writeFileSync(join(root, 'changed.jsonl'), TEXT.replace('1', '7'));
    for (const name of ['link', 'folder', 'other']) rmSync(join(root, `${name}.jsonl`));
    symlinkSync('sound.jsonl', join(root, 'link.jsonl'));
    mkdirSync(join(root, 'folder.jsonl'));
    write('new.jsonl');
    writeFileSync(join(root, 'empty.jsonl'), '');
    expect(await codes(look(entries, { roots: [{ source: 'jsonl', path: root }] }))).toEqual([
      ['file_behind', 'behind.jsonl'], ['file_truncated', 'cut.jsonl'], ['file_changed', 'changed.jsonl'], ['file_replaced', 'link.jsonl'], ['file_replaced', 'folder.jsonl'], ['file_gone', 'other.jsonl'], ['file_unknown', 'new.jsonl'],
    ]);
    expect(await codes(look(entries.slice(0, 1), { also: ['sound.jsonl', 'new.jsonl', 'empty.jsonl', 'nothing.jsonl'].map((name) => join(root, name)) }))).toEqual([['file_unknown', 'new.jsonl']]);
  });

  it('takes a second name of a known file for no other, unless the first is gone', async () => {
    const path = write('a.jsonl');
    const entry = known(1, path);
    linkSync(path, join(root, 'b.jsonl'));
    linkSync(path, join(root, 'c.jsonl'));
    const roots = [{ source: 'jsonl', path: root }] as const;
    expect(await codes(look([entry], { roots }))).toEqual([]);
    expect(await codes(look([entry], { also: [join(root, 'b.jsonl')] }))).toEqual([]);
    rmSync(path);
    expect((await codes(look([entry], { roots }))).toSorted()).toEqual([['file_gone', 'a.jsonl'], ['file_unknown', 'b.jsonl'], ['file_unknown', 'c.jsonl']]);
  });

  it('asks of a file that grows only for what was seen of it before', async () => {
    const path = write('a.jsonl');
    appendFileSync(path, '{"n":3}\n');
    const first = await look([known(1, path)]);
    expect(first.findings).toMatchObject([{ code: 'file_behind' }]);
    expect(first.seen).toEqual(new Map([[1, TEXT.length + 8]]));
    expect(await codes(look([known(1, path)], { seen: first.seen }))).toEqual([['file_behind', 'a.jsonl']]);
    expect(await codes(look([known(1, path)], { seen: new Map([[1, TEXT.length]]) }))).toEqual([]);
  });

  it('does not open a file again that was found sound, until its inode changes', async () => {
    const path = write('a.jsonl');
    const wrong = known(1, path, 'not its hash');
    // Changed a moment ago it may change again at the same time.
    const { sound: tooNew } = await look([known(1, path)]);
    expect(await codes(look([wrong], { sound: tooNew }))).toEqual([['file_changed', 'a.jsonl']]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    const { sound } = await look([known(1, path)]);
    expect(await codes(look([wrong], { sound: sound.slice() }))).toEqual([]);
    expect(await codes(look([known(1, path).replace(`\0${TEXT.length}\0`, `\0${8}\0`)], { sound: sound.slice() }))).not.toEqual([]);
    const { atime, mtime } = lstatSync(path);
    writeFileSync(path, TEXT.replace('1', '7'));
    utimesSync(path, atime, mtime);
    expect(await codes(look([known(1, path)], { sound: sound.slice() }))).toEqual([['file_changed', 'a.jsonl']]);
    rmSync(path);
    const before = write('b.jsonl');
    expect(await codes(look([known(1, before).replace('b.jsonl', 'a.jsonl')], { sound }))).toEqual([['file_gone', 'a.jsonl']]);
  });
});

describe('what the index knows of files', () => {
  it('comes whole, whatever their names are, and those among others by number or path', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !/[/\0]/.test(text));
    await fc.assert(fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), async (names) => {
      const index = await TestIndex.open();
      try {
        const files = names.map((one, i) => new SourceFile(i + 1, `p/${one}.jsonl`));
        for (const file of files) await index.commit([file.read(['{"type":"user"}'])]);
        const read = async (where?: string): Promise<unknown[]> => [...knownFiles(await index.readers.use((connection) => readKnownFiles(connection, where)))];
        const all = files.map(({ entry: { fileIx, state, offset, root: at, path, fingerprint: { birthMs: _birthMs, ...fingerprint } } }) => ({ fileIx, state, offset, absolute: `${at}/${path}`, fingerprint }));
        expect(await read()).toEqual(all);
        expect(await read(filesAmong([1], []))).toEqual(all.slice(0, 1));
        expect(await read(filesAmong([], all.map(({ absolute }) => absolute).slice(-1)))).toEqual(all.slice(-1));
        expect(await read(filesAmong([], []))).toEqual([]);
      } finally {
        await index.remove();
      }
    }), { numRuns: 5, endOnFailure: true });
  }, 60_000);
});
