// The fingerprint that goes along while a file is read is the one of its bytes, whatever the pieces.

import { appendFileSync, closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileEntry, Fingerprint } from '../../src/core/file-entry.ts';
import { checkIdentity, fingerprintAfter, freshFingerprint, openSource, statOf, verify } from '../../src/ingest/identity.ts';
import { withFolder } from './test-ingest.ts';

function entryWith(fingerprint: Fingerprint, offset: number): FileEntry {
  return { fileIx: 1, source: 'jsonl', root: '/r', path: 'f', project: 'p', generation: 0, fingerprint, offset, lines: 0, rejects: 0, size: offset, modifiedMs: 0, adapterState: '', state: 'present' };
}

describe('a fingerprint', () => {
  it('is the same whatever the segments, and whether or not a segment was held', async () => {
    await withFolder(async (dir) => {
      let n = 0;
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 700 }), { minLength: 1, maxLength: 12 }), fc.boolean(), (segments, edges) => {
          const path = `${dir}/${n++}`;
          writeFileSync(path, '');
          const fd = openSync(path, 'r');
          try {
            let fingerprint = freshFingerprint(statOf(fd));
            let offset = 0;
            for (const segment of segments) {
              appendFileSync(path, segment);
              const landmarks = verify(fd, statOf(fd), entryWith(fingerprint, offset));
              if (typeof landmarks === 'string') throw new Error(landmarks);
              const [first, last] = edges ? [segment.subarray(0, 1024), segment.subarray(-1024)] : [segment, segment];
              fingerprint = fingerprintAfter(fingerprint, landmarks, first, last);
              offset += segment.length;
              expect(checkIdentity(fd, statOf(fd), entryWith(fingerprint, offset))).toBeNull();
            }
            expect(fingerprint.headLength).toBe(Math.min(1024, offset));
            const whole = Buffer.concat(segments);
            const none = { head: new Uint8Array(0), tail: new Uint8Array(0) };
            expect(fingerprint).toEqual(fingerprintAfter(freshFingerprint(statOf(fd)), none, whole, whole));
          } finally {
            closeSync(fd);
          }
        }),
        { numRuns: 150 },
      );
    });
  });

  it('finds any change of the first KiB and of the 256 bytes before the offset', async () => {
    await withFolder(async (dir) => {
      const path = `${dir}/f`;
      const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 31 + (i >> 8)) & 255));
      writeFileSync(path, bytes);
      let fd = openSync(path, 'r');
      const fingerprint = fingerprintAfter(freshFingerprint(statOf(fd)), { head: new Uint8Array(0), tail: new Uint8Array(0) }, bytes, bytes);
      closeSync(fd);
      fc.assert(
        fc.property(fc.oneof(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 4744, max: 4999 })), fc.integer({ min: 1, max: 255 }), (at, by) => {
          const other = Buffer.from(bytes);
          other[at] = ((other[at] as number) + by) & 255;
          writeFileSync(path, other);
          fd = openSync(path, 'r');
          expect(checkIdentity(fd, statOf(fd), entryWith(fingerprint, 5000))).toBe(at < 1024 ? 'head_changed' : 'tail_changed');
          closeSync(fd);
        }),
        { numRuns: 60 },
      );
    });
  });
});

describe('opening a source', () => {
  it('neither waits for a pipe nor follows a link', async () => {
    await withFolder(async (dir) => {
      writeFileSync(`${dir}/file`, 'x');
      symlinkSync(`${dir}/file`, `${dir}/link`);
      mkdirSync(`${dir}/folder`);
      execFileSync('mkfifo', [`${dir}/pipe`]);
      expect(() => openSource(`${dir}/link`)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
      expect(() => openSource(`${dir}/none`)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
      const fd = openSource(`${dir}/pipe`);
      expect(statOf(fd).isFile()).toBe(false);
      closeSync(fd);
    });
  });
});
