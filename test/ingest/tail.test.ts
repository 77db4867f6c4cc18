// Reading on from an offset: whole lines, each byte once, whatever the pieces, and nothing of a file that
// is not the one it was.

import { appendFileSync, closeSync, ftruncateSync, openSync, readFileSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { FileEntry } from '../../src/core/file-entry.ts';
import { freshFingerprint, statOf } from '../../src/ingest/identity.ts';
import { readTail, UNSEARCHED } from '../../src/ingest/tail.ts';
import type { Searched, TailLimits, TailRead } from '../../src/ingest/tail.ts';
import { withFolder } from './test-ingest.ts';

const LIMITS: TailLimits = { chunkBytes: 64, lineMaxBytes: 4096 };

/** Reads a file as ingest does, without the rest of ingest. */
class Reader {
  readonly path: string;
  readonly fd: number;
  entry: FileEntry;
  readonly taken: Buffer[] = [];
  readonly oversized: number[] = [];
  private searched: Searched = { ...UNSEARCHED, modifiedMs: 0 };
  private readonly limits: TailLimits;

  constructor(path: string, limits: TailLimits) {
    this.path = path;
    this.limits = limits;
    this.fd = openSync(path, 'r');
    open.push(this.fd);
    this.entry = {
      fileIx: 1, source: 'jsonl', root: '/r', path: 'f.jsonl', project: 'p', generation: 0, fingerprint: freshFingerprint(statOf(this.fd)), offset: 0, lines: 0, rejects: 0,
      size: 0, modifiedMs: 0, adapterState: '', state: 'present',
    };
  }

  step(): TailRead {
    const read = readTail(this.fd, this.entry, this.searched, this.limits);
    this.searched = { ...(read.kind === 'nothing' ? read.searched : UNSEARCHED), modifiedMs: Math.trunc(read.stats.mtimeMs) };
    if (read.kind === 'segment') this.advance(read.bytes.length, read.fingerprint, Buffer.from(read.bytes));
    if (read.kind === 'oversized') {
      this.oversized.push(read.length);
      this.advance(read.length + 1, read.fingerprint, readFileSync(this.path).subarray(this.entry.offset, this.entry.offset + read.length + 1));
    }
    return read;
  }

  /** Until there is nothing more. */
  drain(): TailRead {
    for (;;) {
      const read = this.step();
      if (read.kind === 'nothing' || read.kind === 'replaced') return read;
    }
  }

  get searchedTo(): number {
    return this.searched.to;
  }

  private advance(length: number, fingerprint: FileEntry['fingerprint'], bytes: Buffer): void {
    this.taken.push(bytes);
    this.entry = { ...this.entry, offset: this.entry.offset + length, fingerprint };
  }
}

const open: number[] = [];
afterEach(closeAll);

function closeAll(): void {
  for (const fd of open.splice(0)) closeSync(fd);
}

const anyLine = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 90 }) },
  { weight: 2, arbitrary: fc.constantFrom('', '\r', '{}', 'ż🚀\u2028', '\ufeff{"a":1}').map((text) => new TextEncoder().encode(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 100, maxLength: 900 }) },
).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x0a)));

describe('reading on', () => {
  it('gives the same lines however the file grew and however it is read', async () => {
    await withFolder(async (dir) => {
      let n = 0;
      const property = fc.property(fc.array(anyLine, { maxLength: 25 }), anyLine, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 40, max: 1000 }), (lines, tail, cuts, chunkBytes, lineMaxBytes) => {
        const path = `${dir}/${n++}.jsonl`;
        const bytes = Buffer.concat([...lines.flatMap((line) => [line, Buffer.from('\n')]), tail]);
        writeFileSync(path, '');
        const reader = new Reader(path, { chunkBytes, lineMaxBytes });
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = cuts[cut % cuts.length] as number;
          appendFileSync(path, bytes.subarray(at, at + size));
          at += size;
          expect(reader.drain().kind).toBe('nothing');
          // Never more than is complete, and all of that.
          expect(reader.entry.offset).toBe(bytes.subarray(0, at).lastIndexOf(0x0a) + 1);
        }
        expect(Buffer.concat(reader.taken).equals(bytes.subarray(0, bytes.length - tail.length))).toBe(true);
        for (const piece of reader.taken) expect(piece.at(-1)).toBe(0x0a);
        // What is longer than the limit is told by its length; a line within a chunk is the scan's to reject.
        expect(reader.oversized.every((length) => length > lineMaxBytes)).toBe(true);
        let next = 0;
        for (const { length } of lines) if (length > lineMaxBytes && length === reader.oversized[next]) next += 1;
        expect(next).toBe(reader.oversized.length);
      }).afterEach(closeAll);
      fc.assert(property, { numRuns: 150 });
    });
  });

  it('remembers how far an unfinished line was searched and reads those bytes once more only when it is complete', async () => {
    await withFolder(async (dir) => {
      const path = `${dir}/a.jsonl`;
      writeFileSync(path, 'first\n');
      const reader = new Reader(path, LIMITS);
      reader.drain();
      for (let i = 1; i <= 20; i++) {
        appendFileSync(path, 'x'.repeat(50));
        expect(reader.step()).toMatchObject({ kind: 'nothing', searched: { to: 6 + i * 50 } });
        expect(reader.searchedTo).toBe(6 + i * 50);
      }
      expect(reader.step().kind).toBe('nothing');
      appendFileSync(path, '\nlast\n');
      expect(reader.step()).toMatchObject({ kind: 'segment', more: true });
      expect(reader.step()).toMatchObject({ kind: 'segment', more: false });
      expect(Buffer.concat(reader.taken).equals(readFileSync(path))).toBe(true);
    });
  });

  it('looks again at an unfinished line that was cut and grew beyond where it ended', async () => {
    await withFolder(async (dir) => {
      const path = `${dir}/a.jsonl`;
      writeFileSync(path, 'first\n');
      const reader = new Reader(path, LIMITS);
      reader.drain();
      for (const length of [3, 40, 300, 700]) {
        appendFileSync(path, `${length}${'x'.repeat(length)}`);
        reader.step();
      }
      truncateSync(path, 6);
      appendFileSync(path, `second\n${'y'.repeat(2000)}`);
      expect(reader.drain()).toMatchObject({ kind: 'nothing' });
      expect(reader.entry.offset).toBe(13);
    });
  });

  it('looks again at an unfinished line that shrank, and at one that changed without growing', async () => {
    await withFolder(async (dir) => {
      const path = `${dir}/a.jsonl`;
      writeFileSync(path, 'first\nunfinished and long');
      const reader = new Reader(path, LIMITS);
      expect(reader.drain()).toMatchObject({ kind: 'nothing', searched: { to: 25 } });
      truncateSync(path, 6);
      appendFileSync(path, 'new\n');
      expect(reader.step()).toMatchObject({ kind: 'segment' });
      expect(reader.entry.offset).toBe(10);
      appendFileSync(path, 'open ');
      reader.drain();
      const fd = openSync(path, 'r+');
      writeSync(fd, '\n', 14);
      closeSync(fd);
      utimesSync(path, new Date(), new Date(Date.now() + 5000));
      expect(reader.step()).toMatchObject({ kind: 'segment' });
      expect(reader.entry.offset).toBe(15);
    });
  });

  it('says how long a line beyond the limit is, and reads on after it', async () => {
    await withFolder(async (dir) => {
      const path = `${dir}/a.jsonl`;
      writeFileSync(path, `short\n${'y'.repeat(10_000)}\nafter\n`);
      const reader = new Reader(path, LIMITS);
      reader.drain();
      expect(reader.oversized).toEqual([10_000]);
      expect(reader.entry.offset).toBe(6 + 10_001 + 6);
      // Its fingerprint is that of the bytes, as if they had been held.
      appendFileSync(path, 'more\n');
      expect(reader.drain().kind).toBe('nothing');
      const fd = openSync(path, 'r+');
      writeSync(fd, 'Y', 100);
      closeSync(fd);
      expect(reader.step()).toMatchObject({ kind: 'replaced', fault: 'head_changed' });
    });
  });

  it('gives nothing of a file that was cut, rewritten or is another one', async () => {
    await withFolder(async (dir) => {
      const path = `${dir}/a.jsonl`;
      const text = Array.from({ length: 60 }, (_, i) => `line number ${i} of the file\n`).join('');
      const changed = (change: (fd: number) => void): TailRead => {
        writeFileSync(path, text);
        const reader = new Reader(path, LIMITS);
        reader.drain();
        const fd = openSync(path, 'r+');
        change(fd);
        closeSync(fd);
        return reader.step();
      };
      expect(changed((fd) => ftruncateSync(fd, text.length - 1))).toMatchObject({ kind: 'replaced', fault: 'truncated' });
      expect(changed((fd) => writeSync(fd, 'L', 0))).toMatchObject({ kind: 'replaced', fault: 'head_changed' });
      expect(changed((fd) => writeSync(fd, 'F', text.length - 5))).toMatchObject({ kind: 'replaced', fault: 'tail_changed' });
      expect(changed((fd) => writeSync(fd, `${text.toUpperCase()}and more\n`, 0))).toMatchObject({ kind: 'replaced', fault: 'head_changed' });
      writeFileSync(path, text);
      const reader = new Reader(path, LIMITS);
      reader.drain();
      reader.entry = { ...reader.entry, fingerprint: { ...reader.entry.fingerprint, ino: '1' } };
      expect(reader.step()).toMatchObject({ kind: 'replaced', fault: 'another_inode' });
    });
  });
});
