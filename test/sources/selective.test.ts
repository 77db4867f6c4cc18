// The selective scanner against JSON.parse: whatever a file holds, both give the same batch.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScanBatch } from '../../src/core/scan-batch.ts';
import { textAt } from '../../src/core/bytes/text-column.ts';
import type { Shape } from '../../src/sources/adapter.ts';
import { claudeShape } from '../../src/sources/claude-code/shape.ts';
import { jsonlShape } from '../../src/sources/jsonl/shape.ts';
import { scannerProblem, selectiveScanner } from '../../src/sources/selective/selective-scanner.ts';
import { anyLine, anyPath, fileOf, realValue } from './support/claude-logs.ts';
import { oddLine } from './support/odd-json.ts';
import { GUESSED, jsonlOptions, scan } from './support/scanned.ts';
import type { Place } from './support/scanned.ts';

const JSONL: readonly Place[] = [
  { source: 'jsonl', path: 'app/server.jsonl' },
  { source: 'jsonl', options: jsonlOptions({ session: '/sessionId', time: '/timestamp', id: '/message/id', type: '/message/role', parent: 'uuid' }) },
  { source: 'jsonl', options: jsonlOptions({ session: 'type', time: '/message/usage/input_tokens', id: '/data/agentId', parent: '/data/type' }) },
];
const OTHERS: readonly Place[] = [{ source: 'codex' }, { source: 'copilot' }, { source: 'pi' }, ...JSONL];
const SOURCES: readonly Place[] = [{ source: 'claude-code' }, ...OTHERS];
const place: fc.Arbitrary<Place> = fc.oneof(anyPath.map((path) => ({ path })), fc.constantFrom(...OTHERS));

/** The batch, after the two readings gave the same. */
function scanBothWays(file: Uint8Array, where: Place = {}): ScanBatch {
  const parsed = scan(file, { ...where, reading: 'parse' });
  const selected = scan(file, { ...where, reading: 'selective' });
  // The slow comparison is only for its message.
  if (!isDeepStrictEqual(selected, parsed)) expect(selected).toEqual(parsed);
  expect(isDeepStrictEqual(selected, parsed)).toBe(true);
  return selected;
}

/** How many lines the scanner understood, and how many it left to JSON.parse. */
function share(file: Uint8Array, shape: Shape): { understood: number; left: number } {
  const scanner = selectiveScanner();
  const count = { understood: 0, left: 0 };
  expect(scanner?.use(shape)).toBe(true);
  scanner?.eachLine(file, (_start, _end, value) => (count[value === null ? 'left' : 'understood'] += 1));
  return count;
}

function filesBelow(folder: string): { name: string; bytes: Buffer }[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
  return names.sort().map((name) => ({ name, bytes: readFileSync(`${folder}/${name}`) }));
}

const line = (fields: object): string => JSON.stringify({ type: 'assistant', uuid: 'abcdef00-0000-4000-8000-00000000000f', sessionId: 's1', timestamp: '2026-10-01T00:00:00.000Z', ...fields });

it('the scanner is built', () => {
  expect(scannerProblem()).toBeNull();
});

describe('the scanner and JSON.parse say the same', () => {
  it('of lines as they are', () => {
    fc.assert(fc.property(fc.array(anyLine, { maxLength: 20 }), place, (lines, where) => void scanBothWays(fileOf(lines), where)), { numRuns: 500 });
  });

  it('of lines written oddly or damaged', () => {
    fc.assert(fc.property(fc.array(oddLine(realValue), { minLength: 1, maxLength: 8 }), place, (lines, where) => void scanBothWays(fileOf(lines), where)), { numRuns: 1000 });
  });

  it('of any JSON', () => {
    fc.assert(fc.property(fc.array(oddLine(fc.jsonValue()), { minLength: 1, maxLength: 8 }), place, (lines, where) => void scanBothWays(fileOf(lines), where)), { numRuns: 500 });
  });

  it('of the sample logs', () => {
    for (const { name, bytes } of filesBelow(fileURLToPath(new URL('../../data/sample', import.meta.url)))) {
      for (const where of SOURCES) expect(scanBothWays(bytes, { path: name, ...where }).lines).toBeGreaterThan(0);
    }
  });

  it('of keys that mean something elsewhere', () => {
    const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'length', '0', 'type\0', 'typ', 'types', 'Type', 'ty\u0000e'];
    const lines = keys.flatMap((key) => [`{${JSON.stringify(key)}:"x","type":"user"}`, `{"message":{${JSON.stringify(key)}:{"role":"x"}},"type":"user"}`, `{"type":"user","message":{"content":[{${JSON.stringify(key)}:1}]}}`]);
    for (const where of SOURCES) expect(scanBothWays(fileOf(lines), where).rows).toBe(lines.length);
    for (const key of keys) scanBothWays(fileOf(lines), { source: 'jsonl', options: jsonlOptions({ id: key, type: `/message/${key}`, time: `/${key}/role` }) });
  });

  it('of which of two equal keys counts', () => {
    const file = fileOf(['{"type":"user","type":"summary","summary":"first","summary":"last"}', '{"message":{"role":"a"},"type":"user","message":{}}', '{"type":"user","\\u0074ype":"last"}']);
    for (const where of SOURCES) expect(scanBothWays(file, where).rows).toBe(3);
  });
});

describe('the scanner and JSON.parse say the same at the borders', () => {
  it('of windows: lines of lengths around a window, and of several', () => {
    for (const around of [128 * 1024, 256 * 1024, 4 * 1024 * 1024]) {
      for (const more of [-2, -1, 0, 1, 2]) {
        const short = line({ message: { id: 'm1', role: 'assistant', content: '' } });
        const long = line({ message: { id: 'm2', role: 'assistant', content: 'y'.repeat(around + more - short.length - 1) } });
        expect(long.length + 1).toBe(around + more);
        for (const lines of [[long], [short, long, short], [long, long]]) expect(scanBothWays(fileOf(lines), { lineMaxBytes: 8 * 1024 * 1024 }).rows).toBe(lines.length);
      }
    }
  });

  it('of windows: where a line begins does not matter', () => {
    const lines = Array.from({ length: 3000 }, (_, n) => line({ message: { id: `m${n}`, role: 'assistant', content: [{ type: 'tool_use', id: `t${n}`, name: 'Bash', input: { command: 'z'.repeat(n % 97) } }] } }));
    for (let first = 0; first < 64; first += 7) expect(scanBothWays(fileOf(['x'.repeat(first), ...lines])).rows).toBe(3000);
  });

  it('of rows: thousands of blocks in one line', () => {
    const blocks = (count: number): object[] => Array.from({ length: count }, (_, n) => ({ type: 'tool_use', id: `toolu_${n}`, name: `tool ${n % 7}`, input: {} }));
    for (const count of [1, 100, 1500, 2000, 5000]) {
      const lines = [line({}), line({ message: { content: blocks(count) } }), line({ message: { content: blocks(3) } })];
      const batch = scanBothWays(fileOf([...lines, ...lines]));
      expect(JSON.parse(textAt(batch.tools, 1) ?? '[]')).toHaveLength(count);
      expect(batch.rows).toBe(6);
    }
  });

  it('of symbols: more different words than there is room for', () => {
    for (const length of [1, 30, 120, 128, 129]) {
      const lines = Array.from({ length: 6000 }, (_, n) => line({ cwd: `/home/${n}`.padEnd(length, 'é'.repeat(n % 2) + 'w'), agentId: `agent-${n % 5}`, message: { role: `r${n % 3000}`, model: `m${n}`.padStart(length, '-') } }));
      expect(scanBothWays(fileOf(lines)).rows).toBe(6000);
    }
  });

  it('of texts: more short ones than are gathered at once', () => {
    const lines = Array.from({ length: 2000 }, (_, n) => line({ requestId: `r${n}`.padEnd(200 + (n % 70), 'x'), uuid: `no uuid ${n}`, message: { id: `m${n}`.padEnd(250), usage: { input_tokens: n } } }));
    expect(scanBothWays(fileOf(lines)).rows).toBe(2000);
  });
});

it('the scanner understands almost every line that becomes a row', () => {
  for (const shape of [claudeShape, jsonlShape(GUESSED) as Shape]) {
    const files = filesBelow(fileURLToPath(new URL('../../data/sample', import.meta.url)));
    const rows = files.reduce((sum, { bytes }) => sum + scan(bytes).rows, 0);
    const understood = files.reduce((sum, { bytes }) => sum + share(bytes, shape).understood, 0);
    expect(understood / rows).toBeGreaterThan(0.98);
  }
});

it('the scanner leaves lines to JSON.parse that only it can decide on', () => {
  const lines = ['', '[1]', 'null', '{"a":1', '{"a":1}{"b":2}', '\ufeff{}', '{"type":1,"type":2}', '{"\\u0074ype":1}', `{"a":${'['.repeat(65)}${']'.repeat(65)}}`, '{"type":"a\u0001"}'];
  expect(share(fileOf(lines), claudeShape)).toEqual({ understood: 0, left: lines.length });
});

const corpus = fileURLToPath(new URL('../../../shared/corpus', import.meta.url));
const present = existsSync(corpus);
if (!present) console.warn('Skipped: there is no ../shared/corpus to read real logs from.');

describe.skipIf(!present)('the scanner and JSON.parse say the same of real logs', () => {
  it('as they are, under every source', () => {
    for (const { name, bytes } of filesBelow(corpus)) for (const where of SOURCES) scanBothWays(bytes, { path: name, lineMaxBytes: 64 * 1024 * 1024, ...where });
  });

  it('written oddly or damaged', () => {
    const values = filesBelow(corpus).flatMap(({ bytes }) => parsedLines(bytes));
    fc.assert(fc.property(fc.array(oddLine(fc.constantFrom(...values)), { minLength: 1, maxLength: 4 }), place, (lines, where) => void scanBothWays(fileOf(lines), where)), { numRuns: 1000 });
  });
});

/** At most a hundred of a file, so that long logs do not crowd out the others. */
function parsedLines(bytes: Buffer): unknown[] {
  return bytes.toString('utf8').split('\n').slice(0, 100).flatMap((text) => {
    try {
      return [JSON.parse(text) as unknown];
    } catch {
      return [];
    }
  });
}
