import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SOURCE_IDS } from '../../src/core/settings/source-id.ts';
import type { AdapterOptions, JsonlFields } from '../../src/sources/adapter.ts';
import { textOf } from '../../src/sources/content.ts';
import type { Reading } from '../../src/sources/scan.ts';
import { readPointer } from '../../src/sources/jsonl/pointer.ts';
import { adapterOf, adapters } from '../../src/sources/registry.ts';
import { GUESSED, jsonlOptions, plainRejects, plainRow, scan } from './support/scanned.ts';

function rowsOf(lines: readonly unknown[], fields: Partial<JsonlFields> = {}): Record<string, unknown>[] {
  const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const batch = scan(text, { source: 'jsonl', root: '/var/log/shop', path: 'server.jsonl', options: jsonlOptions(fields) });
  return Array.from({ length: batch.rows }, (_, row) => plainRow(batch, row));
}

const rowOf = (line: unknown, fields: Partial<JsonlFields> = {}): Record<string, unknown> => rowsOf([line], fields)[0] as Record<string, unknown>;

describe('a pointer', () => {
  const doc = { a: { b: [10, { c: 'deep' }] }, 'x/y': 1, 'm~n': 2, '': 3, ' ': { '': 4 }, '~1': 5, k: null };

  it.each<[string, unknown]>([
    ['a', doc.a], ['/a/b/0', 10], ['/a/b/1/c', 'deep'], ['/x~1y', 1], ['/m~0n', 2], ['/', 3], ['/ /', 4], ['/~01', 5], ['/k', null], ['m~n', 2],
    ['/a/b/2', undefined], ['/a/b/-', undefined], ['/nothing/here', undefined], ['/k/deeper', undefined], ['/a/toString', undefined], ['constructor', undefined], ['/__proto__', undefined],
  ])('%j finds %j', (pointer, value) => {
    expect(readPointer(doc, pointer)).toEqual(value);
  });

  it('finds every place of every document by its escaped path', () => {
    const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
    const key = fc.string({ unit: fc.constantFrom('a', '/', '~', '0', '1', 'é', ' '), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.jsonValue(), (path, leaf) => {
        const value = path.reduceRight<unknown>((inner, name) => ({ other: 1, [name]: inner }), leaf);
        expect(readPointer(value, `/${path.map(escape).join('/')}`)).toEqual(leaf);
      }),
    );
  });
});

describe('fields', () => {
  it('are guessed by their usual names, in order', () => {
    expect(rowOf({ uuid: 'u', id: 'i', timestamp: '2026-11-20T10:00:00Z', time: 5, type: 't', level: 'info', parent_id: 'p', role: 'user' })).toMatchObject({ uuid: 'u', ts: '2026-11-20T10:00:00.000Z', type: 't', parent: 'p', role: 'user', flags: ['message'] });
    expect(rowOf({ uuid: null, _id: 'i', '@timestamp': '2026-11-20T10:00:00Z', level: 'warn', parentId: 'p' })).toMatchObject({ uuid: 'i', ts: '2026-11-20T10:00:00.000Z', type: 'warn', parent: 'p' });
    expect(rowOf({ nothing: 'known' })).toEqual({ line: 1, at: [0, 19], session: 'server' });
  });

  it('are read where the configuration says, and nowhere else', () => {
    const line = { meta: { 'request/id': 7, at: 1_795_132_800, kind: 'payment' }, id: 'not this', timestamp: '2000-01-01', type: 'nor this', who: { session: 'till 3' } };
    expect(rowOf(line, { id: '/meta/request~1id', time: '/meta/at', type: '/meta/kind', session: '/who/session', parent: '/none' })).toMatchObject({ uuid: '7', ts: '2026-11-20T00:00:00.000Z', type: 'payment', session: expect.stringMatching(/^till-3~/) });
    expect(rowOf({ id: 'x', timestamp: 1e12 }, { id: '/elsewhere', time: 'nowhere' })).toEqual({ line: 1, at: [0, 36], session: 'server' });
  });

  it('may be numbers, but no booleans, lists or objects', () => {
    expect(rowsOf([{ id: 42, level: 30 }, { id: 1.5 }, { id: true, type: ['x'] }, { id: {}, type: null }, { id: '' }]).map(({ uuid, type }) => [uuid, type])).toEqual([['42', '30'], ['1.5', undefined], [undefined, undefined], [undefined, undefined], [undefined, undefined]]);
  });
});

describe('a time', () => {
  const noon = '2026-11-20T12:34:56.789Z';
  const ms = Date.parse(noon);

  it.each<[string, unknown, string | undefined]>([
    ['seconds', Math.floor(ms / 1000), '2026-11-20T12:34:56.000Z'],
    ['seconds with fractions', ms / 1000, noon],
    ['milliseconds', ms, noon],
    ['microseconds', ms * 1000 + 999, noon],
    ['nanoseconds', ms * 1e6, noon],
    ['digits in a string', String(ms), noon],
    ['a decimal in a string', String(ms / 1000), noon],
    ['a space for the T', '2026-11-20 12:34:56.789', noon],
    ['a comma for the point', '2026-11-20 12:34:56,789', noon],
    ['a date', '2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['zero', 0, undefined],
    ['a negative number', -5, undefined],
    ['a number past the year 9999', 1e300, undefined],
    ['as a string too', '1'.repeat(40), undefined],
    ['words', 'just now', undefined],
    ['a boolean', true, undefined],
  ])('may be %s', (_name, value, expected) => {
    expect(rowOf({ ts: value })['ts']).toBe(expected);
  });

  it('keeps its millisecond in every unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2100, 0, 1) }), (at) => {
        const iso = new Date(at).toISOString();
        expect([at / 1000, at, at * 1000, String(at), iso].map((ts) => rowOf({ ts })['ts'])).toEqual(Array.from({ length: 5 }, () => iso));
      }),
    );
  });
});

describe('sessions', () => {
  it('are the file, unless a field names one; a line that cannot be read stays with the line before', () => {
    const text = ['{"id":1}', '{"id":2,"run":"a"}', 'broken', '{"id":3}', 'broken', '{"id":4,"run":9}', ''].join('\n');
    const batch = scan(text, { source: 'jsonl', path: 'server.jsonl', options: jsonlOptions({ session: 'run' }) });
    expect(Array.from({ length: batch.rows }, (_, row) => plainRow(batch, row)['session'])).toEqual(['server', 'a', 'server', '9']);
    expect(plainRejects(batch).map(({ session }) => session)).toEqual(['a', 'server']);
  });
});

describe('a path', () => {
  const { describe: describePath, accepts } = adapterOf('jsonl');

  it.each([
    ['/var/log/shop', 'server.jsonl', 'shop', 'server'],
    ['/var/log/shop/', 'eu/west/server.ndjson', 'shop.eu.west', expect.stringMatching(/^eu-west-server~[0-9a-f]{12}$/)],
    ['/', 'x.jsonl', 'root', 'x'],
    ['/logs of mine', 'a b.jsonl', expect.stringMatching(/^logs-of-mine~/), expect.stringMatching(/^a-b~/)],
  ])('%s %s makes a project and a session', (root, path, project, session) => {
    expect(describePath(root, path)).toEqual({ project, session, certain: false, agent: null });
  });

  it.each([['a.jsonl', 'source'], ['a.ndjson', 'source'], ['a.jsonl.gz', 'compressed'], ['a.ndjson.zst', 'compressed'], ['a.json', 'other'], ['jsonl', 'other'], ['a.jsonl.bak', 'other']])('%s is %s', (path, verdict) => {
    expect(accepts(path)).toBe(verdict);
  });
});

it('its text is in the usual place or the configured one', () => {
  const bytes = Buffer.from('{"msg":"by guess","deep":{"say":"by pointer"}}');
  expect(textOf('jsonl', bytes, GUESSED)).toBe('by guess');
  expect(textOf('jsonl', bytes, jsonlOptions({ text: '/deep/say' }))).toBe('by pointer');
  expect(textOf('jsonl', bytes, jsonlOptions({ text: '/none' }))).toBeNull();
});

describe('the registry', () => {
  it('knows its sources and says what it knows', () => {
    expect(adapters().map((adapter) => adapter.id)).toEqual([...SOURCE_IDS]);
    expect(() => adapterOf('codeks')).toThrow(/no source named "codeks"/);
  });
});

describe('dimensions and measures', () => {
  const options: AdapterOptions = {
    ...GUESSED,
    values: { dimensions: [{ name: 'symbol', pointer: '/order/symbol' }, { name: 'ok', pointer: '/ok' }], measures: [{ name: 'price', pointer: '/price' }, { name: 'cash', pointer: '/balances/cash' }] },
  };
  const valuesOf = (lines: readonly unknown[], reading: Reading): unknown => {
    const batch = scan(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { source: 'jsonl', root: '/r', path: 'x.jsonl', options, reading });
    const name = (code: number | undefined): string => batch.strings[code as number] as string;
    return {
      dimensions: batch.dimensions.rows.map((row, i) => [row, name(batch.dimensions.names[i]), name(batch.dimensions.values[i])]),
      measures: batch.measures.rows.map((row, i) => [row, name(batch.measures.names[i]), batch.measures.values[i]]),
    };
  };

  it('are texts and numbers, whatever else a line may hold there', () => {
    const lines = [
      { order: { symbol: 'ACME' }, ok: true, price: '10.50', balances: { cash: -3 } },
      { order: { symbol: 7 }, ok: null, price: '1e3', balances: { cash: '' } },
      { order: 'none', ok: [], price: 'ten', balances: [{ cash: 1 }] },
      { order: { symbol: '' }, ok: 'x'.repeat(300), price: {}, balances: { cash: true } },
    ];
    expect(valuesOf(lines, 'selective')).toEqual({
      dimensions: [[0, 'symbol', 'ACME'], [0, 'ok', 'true'], [1, 'symbol', '7'], [3, 'ok', 'x'.repeat(200)]],
      measures: [[0, 'price', 10.5], [0, 'cash', -3], [1, 'price', 1000]],
    });
  });

  it('are the same read by shape and parsed', () => {
    const leaf = fc.oneof(fc.double(), fc.string(), fc.constantFrom<unknown>('1.5', ' 2 ', '1e400', null, true, [], {}, [1]));
    const line = fc.record({ order: fc.oneof(leaf, fc.record({ symbol: leaf })), ok: leaf, price: leaf, balances: fc.oneof(leaf, fc.record({ cash: leaf })) }, { requiredKeys: [] });
    fc.assert(fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      expect(valuesOf(lines, 'selective')).toEqual(valuesOf(lines, 'parse'));
    }), { numRuns: 300 });
  });
});
