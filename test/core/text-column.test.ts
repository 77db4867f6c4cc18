// Texts of some rows as bytes: what goes in comes out, for any rows and texts, also put together of parts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFrom, TextColumnBuilder, textAt } from '../../src/core/bytes/text-column.ts';

/** Rows of a part, some with a text. */
const part = fc.array(fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: undefined, freq: 2 }), { maxLength: 40 });

describe('a text column', () => {
  it('gives the text of each row, and none of the others, part after part', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const whole = new TextColumnBuilder();
        const builder = new TextColumnBuilder();
        let first = 0;
        for (const texts of parts) {
          builder.clear();
          texts.forEach((text, row) => text !== undefined && builder.add(row, text));
          whole.addAll(builder.column, first);
          first += texts.length;
        }
        expect(Array.from({ length: first }, (_, row) => textAt(whole.column, row))).toEqual(parts.flat());
      }),
    );
  });

  it('finds the first text that is not before a row', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(50)), fc.nat(60), (rows, row) => {
        const sorted = Uint32Array.from(rows).sort();
        expect(firstFrom(sorted, row)).toBe(rows.filter((other) => other < row).length);
      }),
    );
  });
});
