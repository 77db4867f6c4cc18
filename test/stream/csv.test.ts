// The table of records, read back by a parser of its own.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csv, csvRow } from '../../src/stream/csv.ts';
import { FakeLake } from './fake-lake.ts';

/** A reader of RFC 4180 by the letter; an unquoted empty cell is null. */
function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    let cell: string | null = '';
    if (text[at] === '"') {
      at += 1;
      for (;;) {
        const quote = text.indexOf('"', at);
        cell += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at += 1;
      }
    } else {
      const end = text.slice(at).search(/[,\r]/);
      cell = text.slice(at, at + end) || null;
      at += end;
    }
    row.push(cell);
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    expect(text.slice(at, at + 2)).toBe('\r\n');
    at += 2;
    rows.push(row);
    row = [];
  }
  return rows;
}

it('quotes cells so that they come back as they were', () => {
  const cell = fc.option(fc.oneof(fc.string(), fc.stringMatching(/^[",\r\n a]*$/), fc.string({ unit: 'binary' })));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 5 }), (rows) => {
      expect(parseCsv(rows.map((row) => csvRow(row)).join(''))).toEqual(rows);
    }),
    { numRuns: 500 },
  );
});

async function table(lake: FakeLake, content: 'none' | 'text' | 'raw'): Promise<Record<string, string | null>[]> {
  const parts: Buffer[] = [];
  for await (const chunk of csv(lake, { filter: {}, after: 0, upto: lake.top(), duplicates: true }, content)) parts.push(chunk);
  const [header = [], ...rows] = parseCsv(Buffer.concat(parts).toString('utf8'));
  return rows.map((row) => Object.fromEntries(row.map((cell, n) => [header[n] ?? '', cell])));
}

it('is a table with a header, flat usage and lists as JSON', async () => {
  const lake = new FakeLake();
  const usage = { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: 3, cache_read_input_tokens: 0 };
  const tools = [{ id: 't1', name: 'Bash, "quoted"' }];
  lake.commit([{ text: 'a\nb, "c"', fields: { usage, tools } }, { text: '', duplicate: true }]);
  const [first, second] = await table(lake, 'text');
  expect(first).toMatchObject({
    offset: '1', session_id: 's-1', agent_id: null, text: 'a\nb, "c"', input_tokens: '1', cache_read_input_tokens: '0', duplicate: 'false',
  });
  expect(JSON.parse(first?.['tools'] ?? '')).toEqual(tools);
  expect(second).toMatchObject({ offset: '2', text: '', input_tokens: null, tools: '[]', duplicate: 'true' });
});

it('has columns for the content that was asked for', async () => {
  const lake = new FakeLake();
  lake.commit([{}]);
  const columns = async (content: 'none' | 'text' | 'raw') => Object.keys((await table(lake, content))[0] ?? {}).slice(-2);
  expect(await columns('none')).toEqual(['tool_results', 'duplicate']);
  expect(await columns('text')).toEqual(['duplicate', 'text']);
  expect(await columns('raw')).toEqual(['text', 'raw']);
});

it('is a header alone where there is nothing', async () => {
  const parts: Buffer[] = [];
  for await (const chunk of csv(new FakeLake(), { filter: {}, after: 0, upto: 0, duplicates: false }, 'none')) parts.push(chunk);
  expect(Buffer.concat(parts).toString('utf8')).toMatch(/^offset,session_id,.*\r\n$/);
});
