import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ago, bytes, cost, count, duration, rate, shortId, tokens } from '../../src/cli/humanize.ts';
import { printable, printableLines, printableStart } from '../../src/cli/printable.ts';
import { plain } from '../../src/cli/style.ts';
import { renderFields, renderTable, type Column } from '../../src/cli/table.ts';
import { cutEnd, cutStart, padEnd, padStart, textWidth } from '../../src/cli/text-width.ts';

// eslint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;
const unit = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\u001b[2J', '\u001b]0;title\u0007', '\u009b31m', '\r\n', '\u202e', '日本', '👩‍👩‍👧', 'é', 'e\u0301', '🇪🇺', '\ud800', '️'),
);
const wild = fc.array(unit, { maxLength: 12 }).map((parts) => parts.join(''));

describe('text from logs', () => {
  it('cannot drive the terminal', () => {
    fc.assert(fc.property(wild, (text) => {
      expect(printable(text)).not.toMatch(CONTROL);
      expect(printable(text)).not.toMatch(/\p{Cs}/u);
      expect(printableStart(text, 5)).not.toMatch(CONTROL);
      expect(printableLines(text).replaceAll('\n', '')).not.toMatch(CONTROL);
    }));
  });

  it('shows what was there', () => {
    expect(printable('a \u001b[1;31mred\u001b[0m \u001b[2J\u0007')).toBe(String.raw`a red \x1b[2J\x07`);
    expect(printable('\u001b\u001b[0m[31m')).toBe(String.raw`\x1b[31m`);
    expect(printable('  two\n\tlines  ')).toBe('two lines');
    expect(printable('abc\u202edef')).toBe(String.raw`abc\u202edef`);
    expect(printable('日本 é 👍')).toBe('日本 é 👍');
  });
});

describe('the width of text', () => {
  it('counts columns, not characters', () => {
    const widths: [string, number][] = [['', 0], ['abc', 3], ['é', 1], ['e\u0301', 1], ['日本', 4], ['👍', 2], ['👩‍👩‍👧', 2], ['ｱ', 1], ['Ａ', 2], ['한글', 4], ['…', 1], ['─', 1], ['❤️', 2]];
    for (const [text, width] of widths) expect([text, textWidth(text)]).toEqual([text, width]);
  });

  it('is never passed by what is cut', () => {
    fc.assert(fc.property(wild.map(printable), fc.integer({ min: 1, max: 30 }), (text, width) => {
      expect(textWidth(cutEnd(text, width))).toBeLessThanOrEqual(width);
      expect(textWidth(cutStart(text, width))).toBeLessThanOrEqual(width);
      if (textWidth(text) <= width) expect(cutEnd(text, width)).toBe(text);
    }));
  });

  it('is what padding fills up to', () => {
    expect([padEnd('日本', 6), padStart('日本', 6), cutEnd('日本語', 5), cutEnd('abcdef', 4), cutStart('/a/b/cd', 5)]).toEqual(['日本  ', '  日本', '日本…', 'abc…', '…b/cd']);
  });
});

describe('a table', () => {
  interface Row { name: string; size: number; path: string }
  const columns: Column<Row>[] = [
    { title: 'NAME', text: (row) => row.name, shrinkTo: 6 },
    { title: 'SIZE', text: (row) => count(row.size), align: 'right' },
    { title: 'NOTE', text: () => 'note', optional: true },
    { title: 'PATH', text: (row) => row.path, shrinkTo: 8, cut: 'start' },
  ];
  const rows: Row[] = [{ name: '日本語の名前', size: 1_234_567, path: '/home/me/logs/a.jsonl' }, { name: 'b\u001b[2J', size: 7, path: '/b' }];

  it('is aligned by columns', () => {
    expect(renderTable(columns, rows, plain, null)).toBe([
      'NAME               SIZE  NOTE  PATH',
      '日本語の名前  1,234,567  note  /home/me/logs/a.jsonl',
      String.raw`b\x1b[2J              7  note  /b`,
    ].join('\n'));
  });

  it('fits the terminal: cuts the widest, then leaves out what may be', () => {
    expect(renderTable(columns, rows, plain, 46)).toBe([
      'NAME               SIZE  NOTE  PATH',
      '日本語の名前  1,234,567  note  …e/logs/a.jsonl',
      String.raw`b\x1b[2J              7  note  /b`,
    ].join('\n'));
    for (const width of [27, 30, 35, 40, 60]) {
      for (const line of renderTable(columns, rows, plain, width).split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(width);
    }
    expect(renderTable(columns, rows, plain, 30)).not.toContain('NOTE');
  });

  it('of fields has its values below each other', () => {
    expect(renderFields([['A', '1'], ['Long', '2']], plain)).toBe('A     1\nLong  2');
  });
});

describe('figures', () => {
  it('read as people read them', () => {
    expect([count(1_234_567), tokens(999), tokens(1234), tokens(99_990), tokens(123_456), tokens(1_234_567), tokens(999_999)]).toEqual(['1,234,567', '999', '1.2k', '100k', '123k', '1.2M', '1000k'].map((text) => (text === '1000k' ? '1.0M' : text)));
    expect([bytes(0), bytes(1023), bytes(1024), bytes(123_456_789), bytes(5 * 1024 ** 4)]).toEqual(['0 B', '1023 B', '1.0 KiB', '118 MiB', '5.0 TiB']);
    expect([rate(98_400_000), rate(10)]).toEqual(['98.4 MB/s', '10 B/s']);
    expect([duration(12), duration(1234), duration(59_900), duration(61_000), duration(3_600_000), duration(90_061_000)]).toEqual(['12 ms', '1.2 s', '1 min', '1 min 1 s', '1 h', '1 d 1 h']);
    expect([cost(null), cost(0), cost(0.001), cost(1234.5)]).toEqual(['-', '$0.00', '<$0.01', '$1,234.50']);
  });

  it('say how long ago', () => {
    const now = Date.parse('2026-11-20T10:00:00.000Z');
    expect(['2026-11-20T09:59:40.000Z', '2026-11-20T09:57:00.000Z', '2026-11-20T01:00:00.000Z', '2026-11-10T10:00:00.000Z', '2026-01-01T00:00:00.000Z', null].map((iso) => ago(iso, now)))
      .toEqual(['just now', '3 min ago', '9 h ago', '10 d ago', '2026-01-01', '-']);
  });

  it('shorten ids that are long', () => {
    expect([shortId('3f2a91c0-1111-4222-8333-444455556666'), shortId('short-id'), shortId('a-rather-long-identifier')]).toEqual(['3f2a91c0', 'short-id', 'a-rather-lo…']);
  });
});
