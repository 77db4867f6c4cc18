// How much a text takes as JSON is never told too low, and exactly where that is cheap.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonBytes } from '../../src/index/queries/json-size.ts';

const unit = fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0x22, 0x5c, 0x0a, 0xd83d, 0xde00, 0x2028));
const text = fc.array(unit, { maxLength: 200 }).map((units) => String.fromCharCode(...units));
/** Without its quotes. */
const actual = (value: string): number => Buffer.byteLength(JSON.stringify(value)) - 2;

it('is at least what JSON.stringify makes, and at most six bytes a unit', () => {
  fc.assert(fc.property(text, (value) => jsonBytes(value) >= actual(value) && jsonBytes(value) <= 6 * value.length));
});

it('is what JSON.stringify makes of text without surrogates and control characters', () => {
  const plain = fc.array(unit.filter((code) => code >= 0x20 && (code < 0xd800 || code > 0xdfff)), { maxLength: 200 }).map((units) => String.fromCharCode(...units));
  fc.assert(fc.property(plain, (value) => jsonBytes(value) === actual(value)));
});

it('is none of no text', () => {
  expect([jsonBytes(null), jsonBytes(''), jsonBytes('é"')]).toEqual([0, 0, 4]);
});
