// What is kept in columns is what was put there, whatever room was made meanwhile.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Columns } from '../../../src/core/columns/columns.ts';
import { RowIndex, rowHash } from '../../../src/core/columns/row-index.ts';
import { SharedTexts } from '../../../src/core/columns/shared-texts.ts';
import { TextRows } from '../../../src/core/columns/text-rows.ts';
import { UniqueTexts } from '../../../src/core/columns/unique-texts.ts';
import { wellFormed } from '../../../src/core/bytes/well-formed.ts';

const row = fc.integer({ min: 0, max: 400 });

describe('columns', () => {
  it('keep numbers, each of its kind', () => {
    fc.assert(fc.property(fc.array(fc.tuple(row, fc.integer({ min: 0, max: 255 }), fc.double({ noNaN: true }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))), (told) => {
      const columns = new Columns({ small: Uint8Array, large: Float64Array, whole: BigUint64Array });
      const model = new Map<number, [number, number, bigint]>();
      for (const [at, small, large, whole] of told) {
        columns.reserve(at);
        columns.of.small[at] = small;
        columns.of.large[at] = large;
        columns.of.whole[at] = whole;
        model.set(at, [small, large, whole]);
      }
      for (let at = 0; at < columns.of.small.length; at++) expect([columns.of.small[at], columns.of.large[at], columns.of.whole[at]]).toEqual(model.get(at) ?? [0, 0, 0n]);
    }));
  });

  it('keep texts, also those that grow, shrink and come again', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('a', 'é', '漢', '𝄞'), maxLength: 300 }));
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), text), { maxLength: 200 }), (told) => {
      const [texts, model] = [new TextRows(), new Map<number, string>()];
      for (const [at, some] of told) {
        texts.set(at, wellFormed(some));
        model.set(at, wellFormed(some));
      }
      for (let at = 0; at <= 21; at++) expect(texts.at(at)).toBe(model.get(at) ?? '');
    }));
  });

  it('find rows by what they have, also where hashes are the same and rows come and go', () => {
    const step = fc.record({ kind: fc.constantFrom('add' as const, 'delete' as const), hash: fc.integer({ min: 0, max: 12 }).map((few) => few * 0x1000_0000 + (few % 3)), row: fc.integer({ min: 1, max: 300 }) });
    fc.assert(fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const index = new RowIndex();
      const model = new Map<number, Set<number>>();
      for (const { kind, hash, row: of } of steps) {
        const rows = model.get(hash) ?? new Set();
        model.set(hash, rows);
        if (kind === 'delete') {
          index.delete(hash, of);
          rows.delete(of);
        } else if (!rows.has(of)) {
          index.add(hash, of);
          rows.add(of);
        }
      }
      for (const [hash, rows] of model) {
        expect(new Set(index.all(hash))).toEqual(rows);
        for (const of of [...rows, 301]) expect(index.find(hash, (one) => one === of)).toBe(rows.has(of) ? of : 0);
      }
      expect(index.all(0xffff_ffff)).toEqual([]);
    }));
  });

  it('give texts that are shared one number each', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 2 }).map(wellFormed)), (told) => {
      const texts = new SharedTexts();
      const numbers = told.map((text) => texts.numberOf(text));
      expect(numbers.map((number) => texts.at(number))).toEqual(told);
      expect(new Set(numbers).size).toBe(new Set(told).size);
    }));
  });

  it('give texts one number each, and none to none', () => {
    fc.assert(fc.property(fc.array(fc.option(fc.string({ unit: 'grapheme', maxLength: 2 }).map(wellFormed))), (told) => {
      const texts = new UniqueTexts();
      const numbers = told.map((text) => texts.numberOf(text));
      expect(numbers.map((number) => texts.at(number))).toEqual(told);
      expect(new Set(numbers).size).toBe(new Set(told).size);
    }));
  });

  it('tell texts apart by where one ends and the next begins', () => {
    expect(new Set([rowHash('ab', 'c'), rowHash('a', 'bc'), rowHash('abc'), rowHash('abc', ''), rowHash('')]).size).toBe(5);
  });
});
