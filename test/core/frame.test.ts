import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeLength, eachLine } from '../../src/core/bytes/frame.ts';

const bytes = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0x0a, 0x0d, 0, 0x20) }, { weight: 4, arbitrary: fc.nat(255) }), { maxLength: 80 }).map((list) => Uint8Array.from(list));

function linesOf(segment: Uint8Array): string[] {
  const lines: string[] = [];
  eachLine(segment, (start, end) => lines.push(Buffer.from(segment.subarray(start, end)).toString('latin1')));
  return lines;
}

describe('lines', () => {
  it('are what stands between newlines, whatever their bytes', () => {
    fc.assert(
      fc.property(bytes, (segment) => {
        const parts = Buffer.from(segment).toString('latin1').split('\n');
        const tail = parts.pop() as string;
        expect(linesOf(segment)).toEqual(parts);
        expect(completeLength(segment)).toBe(segment.length - tail.length);
      }),
    );
  });

  it('are the same however the bytes arrive', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(80), { maxLength: 6 }), (segment, cuts) => {
        const whole = linesOf(segment.subarray(0, completeLength(segment)));
        const pieces: string[] = [];
        let from = 0;
        for (const to of [...cuts, segment.length].map((cut) => Math.min(cut, segment.length)).sort((a, b) => a - b)) {
          const seen = segment.subarray(from, to);
          const complete = completeLength(seen);
          pieces.push(...linesOf(seen.subarray(0, complete)));
          from += complete;
        }
        expect(pieces).toEqual(whole);
      }),
    );
  });

  it('end at a newline alone: not at U+2028, U+0085, a carriage return or NUL', () => {
    expect(linesOf(Buffer.from('a\u2028b\u0085c\rd\0e\v\f\n'))).toHaveLength(1);
  });

  it('are none in bytes without a newline, and none in none', () => {
    expect(completeLength(Buffer.from('{"a":1}'))).toBe(0);
    expect(linesOf(Buffer.from('{"a":1}'))).toEqual([]);
    expect(completeLength(new Uint8Array())).toBe(0);
  });

  it('may be empty', () => {
    expect(linesOf(Buffer.from('\n\n'))).toEqual(['', '']);
  });

  it('are counted', () => {
    expect(eachLine(Buffer.from('a\nb\nc'), () => undefined)).toBe(2);
  });
});
