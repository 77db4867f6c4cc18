// JSON that says the same as JSON.stringify's in every other way there is, and JSON that is a little wrong.
// The ways are drawn from a seed, so that a failure comes again.

import fc from 'fast-check';

type Draw = (below: number) => number;

/** Mulberry32. */
function drawFrom(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const NUMBERS = ['0', '-0', '1', '999999999', '1000000000', '4294967296', '12345678901234567890', '1e5', '1E+2', '2.50', '0.1e-7', '1e400', '-1e400', '9007199254740993', '1099511627776', '1099511627777'];
const NO_NUMBERS = ['01', '1.', '.5', '+1', '1e', '1e+', '-', '- 1', 'NaN', 'Infinity', '0x1', '1_000'];
const TIMES = [
  '2026-02-29T00:00:00.000Z', '2024-02-29T23:59:59.999Z', '2026-13-01T00:00:00.000Z', '2026-01-00T00:00:00.000Z', '2026-04-31T00:00:00.000Z', '2026-01-01T24:00:00.000Z', '2026-01-01T24:00:00.001Z',
  '2026-01-01T00:60:00.000Z', '2026-01-01T00:00:60.000Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '0000-01-01T00:00:00.000Z', '2100-02-29T00:00:00.000Z',
  '2000-02-29T12:00:00.000Z', '2026-01-01t00:00:00.000z', '2026-01-01T00:00:00.000+', '2026-01-01 00:00:00.000Z', '2026-01-01T00:00:00.00:Z', '2026-01-01T00:00:00,000Z', '2026/01/01T00:00:00.000Z', '2026-01-01T00:00:00Z',
];
const IDS = [
  '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001', 'ABCDEF00-0000-4000-8000-00000000000F', 'abcdef00-0000-4000-8000-00000000000f', 'abcdef00-0000-4000-8000-00000000000g',
  'abcdef00-0000-4000-8000-0000000000:0', 'abcdef00x0000-4000-8000-000000000000', 'abcdef00-0000-4000-8000-00000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'abcdef0\u00e9-0000-4000-8000-00000000000',
];
const LENGTHS = [15, 16, 17, 31, 32, 33, 127, 128, 129, 255, 256, 257, 1000];
const DEPTHS = [1, 2, 31, 62, 63, 64, 65, 66, 200];

/** A value in place of any other. */
function oddValue(draw: Draw): string {
  switch (draw(8)) {
    case 0:
      return NUMBERS[draw(NUMBERS.length)] as string;
    case 1:
      return draw(4) === 0 ? (NO_NUMBERS[draw(NO_NUMBERS.length)] as string) : 'true';
    case 2:
      return JSON.stringify(TIMES[draw(TIMES.length)]);
    case 3:
      return JSON.stringify(IDS[draw(IDS.length)]);
    case 4:
      return JSON.stringify(['x', 'é', '💡', '"', '\u001f'][draw(5)]?.repeat(LENGTHS[draw(LENGTHS.length)] as number));
    case 5: {
      const depth = DEPTHS[draw(DEPTHS.length)] as number;
      return draw(2) === 0 ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    }
    case 6:
      return ['null', '[]', '{}', '[ ]', '{ }', '""', 'nul', 'tru', 'False', '[1,]', '{,}', '{"a"}', '"\\x"', '"\\u12g4"', '"\t"', "'a'", ''][draw(17)] as string;
    default:
      return ['"\\ud83d"', '"\\ud83d\\ude00"', '"\\u0000"', '"\\/\\b\\f\\n\\r\\t\\\\\\""', '"\\ude00\\ud83d"', '"\u2028\u007f\ufeff"'][draw(6)] as string;
  }
}

function space(draw: Draw): string {
  return draw(6) === 0 ? ([' ', '\t', '\r', '  \t ', ' '.repeat(40), '\u00a0'][draw(draw(8) === 0 ? 6 : 5)] as string) : '';
}

function stringJson(text: string, draw: Draw): string {
  const json = JSON.stringify(text);
  if (draw(12) !== 0) return json;
  const escaped = Array.from({ length: text.length }, (_, i) => (draw(3) === 0 ? `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}` : JSON.stringify(text.charAt(i)).slice(1, -1)));
  return `"${escaped.join('')}"`;
}

function valueJson(value: unknown, draw: Draw): string {
  if (draw(25) === 0) return oddValue(draw);
  if (typeof value === 'string') return stringJson(value, draw);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item) => space(draw) + valueJson(item, draw) + space(draw)).join(',') || space(draw)}]`;
  const members = Object.entries(value);
  for (let i = members.length - 1; i > 0 && draw(2) === 0; i--) members.push(...members.splice(draw(i), 1));
  if (draw(10) === 0 && members.length > 0) members.splice(draw(members.length), 0, members[draw(members.length)] as [string, unknown]);
  if (draw(15) === 0) members.push([['__proto__', 'constructor', '', 'length', 'x'.repeat(33), 'é', 'row', 'toString'][draw(8)] as string, value]);
  return `{${members.map(([key, member]) => space(draw) + stringJson(key, draw) + space(draw) + `:${space(draw)}` + valueJson(member, draw) + space(draw)).join(',') || space(draw)}}`;
}

/** Mostly valid; what it says may differ from `value` in some places. */
function oddJson(value: unknown, seed: number): string {
  const draw = drawFrom(seed);
  return (draw(30) === 0 ? '\ufeff' : '') + space(draw) + valueJson(value, draw) + space(draw);
}

/** Bytes with a few changed, and without newlines. */
function damaged(bytes: Uint8Array, seed: number): Buffer {
  const draw = drawFrom(seed);
  let line = Buffer.from(bytes);
  for (let times = draw(4); times >= 0; times--) {
    const at = draw(line.length + 1);
    const put = Buffer.from([[0x22], [0x5c], [0x7b], [0x7d], [0x5b], [0x5d], [0x2c], [0x3a], [0x20], [0], [0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x92], [draw(256)], [...line.subarray(at, at + draw(60))], []][draw(18)] as number[]);
    line = draw(12) === 0 ? line.subarray(0, at) : Buffer.concat([line.subarray(0, at), put, line.subarray(at + draw(3))]);
  }
  return Buffer.from(line.map((byte) => (byte === 0x0a ? 0x0d : byte)));
}

/** The same lines, written oddly, and some damaged. */
export function oddLine(value: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> {
  return fc.tuple(value, fc.integer(), fc.integer({ min: 0, max: 3 })).map(([told, seed, damage]) => {
    const bytes = Buffer.from(oddJson(told, seed));
    return damage === 0 ? damaged(bytes, seed + 1) : bytes;
  });
}
