// The scan boundary, by property: chunks do not matter, no byte is lost or read twice, and nothing a file
// may hold stops it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScanBatch } from '../../src/core/scan-batch.ts';
import { textAt } from '../../src/core/bytes/text-column.ts';
import { oversizedBatch } from '../../src/sources/scan-builder.ts';
import { anyLine, anyPath, fileOf, realLine } from './support/claude-logs.ts';
import { parseBytes, plainReading } from './support/plain-reading.ts';
import { bytesOf, GUESSED, plainRejects, plainRow, scan, scanInPieces } from './support/scanned.ts';
import type { Place } from './support/scanned.ts';

const place: fc.Arbitrary<Place> = fc.oneof(
  anyPath.map((path) => ({ path })),
  fc.constantFrom<Place>({ source: 'jsonl', path: 'app/server.jsonl' }, { source: 'jsonl', path: 'x.ndjson', options: { jsonl: { ...GUESSED.jsonl, session: '/sessionId', time: '/timestamp' } } }),
);

interface Everything {
  rows: unknown[];
  rejects: unknown[];
  facts: unknown[];
  state: string;
  lines: number;
  bytes: number;
}

function everything(batches: readonly ScanBatch[]): Everything {
  const all: Everything = { rows: [], rejects: [], facts: [], state: '', lines: 0, bytes: 0 };
  for (const batch of batches) {
    for (const { rowsBefore, ...reject } of plainRejects(batch)) all.rejects.push({ ...reject, rowsBefore: rowsBefore + all.rows.length });
    for (let row = 0; row < batch.rows; row++) all.rows.push({ ...plainRow(batch, row), call: [batch.callMessage[row], batch.callRequest[row]] });
    all.facts.push(...batch.facts);
    all.state = batch.state;
    all.lines += batch.lines;
    all.bytes += batch.bytes;
  }
  return all;
}

interface Range {
  start: number;
  end: number;
}

function rangesOf(batch: ScanBatch): Range[] {
  const rows = Array.from({ length: batch.rows }, (_, row) => ({ start: batch.byteOffset[row] as number, end: (batch.byteOffset[row] as number) + (batch.byteLength[row] as number) }));
  const rejects = batch.rejects.map(({ byteOffset, byteLength }) => ({ start: byteOffset, end: byteOffset + byteLength }));
  return [...rows, ...rejects].sort((a, b) => a.start - b.start);
}

describe('a scan', () => {
  it('says the same in one piece and in any pieces, with the state passed on', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 30 }), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }), place, (lines, sizes, where) => {
        expect(everything(scanInPieces(lines, sizes, where))).toEqual(everything([scan(fileOf(lines), where)]));
      }),
      { numRuns: 300 },
    );
  });

  it('gives every byte of a segment to one row or one reject, and every newline to a line', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 20 }), place, fc.nat(1e9), (lines, where, offset) => {
        const file = fileOf(lines);
        const batch = scan(file, where, { offset, lines: 0, state: '' });
        let at = offset;
        for (const { start, end } of rangesOf(batch)) {
          if (start === at + 1) {
            expect(file[at - offset]).toBe(0x0a);
            at += 1;
          }
          expect(start).toBe(at);
          at = end;
        }
        expect(lines.length === 0 ? at : at + 1).toBe(offset + file.length);
        expect([batch.lines, batch.bytes]).toEqual([lines.length, file.length]);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves what has no newline alone', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 5 }), anyLine, place, (lines, tail, where) => {
        const file = fileOf(lines);
        expect(everything([scan(Buffer.concat([file, tail]), where)])).toEqual(everything([scan(file, where)]));
      }),
    );
  });

  it('is not stopped by any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), place, (lines, where) => {
        const file = fileOf(lines);
        const batch = scan(file, where);
        expect(batch.lines).toBe(file.filter((byte) => byte === 0x0a).length);
        const bare = batch.rejects.filter((reject) => reject.reason === 'adapter');
        expect(bare).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('gives tools as JSON that any reader takes, also where a name is half a character', () => {
    const content = [{ type: 'tool_use', id: 'half \ude00', name: 'half \ud83d \u0000' }, { type: 'tool_result', tool_use_id: '\ud83d', is_error: true }];
    const batch = scan(fileOf([JSON.stringify({ type: 'assistant', message: { content } })]), { path: 'p/s.jsonl' });
    const json = [textAt(batch.tools, 0), textAt(batch.toolResults, 0)].map(String);
    expect(json.map((text) => JSON.parse(text))).toMatchObject([[{ id: 'half \ufffd', name: 'half \ufffd \u0000' }], [{ id: '\ufffd' }]]);
    expect(json.join('')).not.toMatch(/\\ud[89a-f]/i);
  });

  it('makes a row of every JSON object, whatever its fields hold', () => {
    const name = fc.constantFrom('type', 'uuid', 'parentUuid', 'sessionId', 'agentId', 'isSidechain', 'timestamp', 'cwd', 'message', 'role', 'id', 'model', 'content', 'usage', 'input_tokens', 'requestId', 'toolUseResult', 'data', 'text', 'time', 'ts', 'kind', '__proto__', 'constructor', 'toString', '');
    const { object } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.jsonValue({ maxDepth: 1 }), fc.constantFrom<unknown>('user', 'assistant', 'tool_use', 'tool_result', 'Task', 'agent_progress', 1e300, -1, 1.5), fc.array(tie('value'), { maxLength: 3 }), tie('object')),
      object: fc.dictionary(name, tie('value'), { maxKeys: 8 }),
    }));
    fc.assert(
      fc.property(fc.array(object, { minLength: 1, maxLength: 6 }), place, (objects, where) => {
        const batch = scan(fileOf(objects.map((value) => JSON.stringify(value))), where);
        expect([batch.rows, batch.rejects]).toEqual([objects.length, []]);
        for (const number of batch.usage) expect(Number.isInteger(number) && number >= 0 && number <= 2 ** 40).toBe(true);
        for (const ts of batch.ts) expect(Number.isNaN(ts) || (ts >= 0 && ts < 8.64e15)).toBe(true);
        expect(batch.state.length).toBeLessThan(20_000);
      }),
      { numRuns: 500 },
    );
  });

  it('never makes a wrong id, type or time of a line in which bytes changed', () => {
    const change = fc.record({ at: fc.nat(2000), how: fc.constantFrom('replace', 'insert', 'remove', 'repeat'), byte: fc.oneof(fc.constantFrom(0x22, 0x5c, 0x7b, 0x7d, 0x2c, 0x3a, 0x20, 0), fc.nat(255)) });
    fc.assert(
      fc.property(realLine, fc.array(change, { minLength: 1, maxLength: 4 }), (line, changes) => {
        let bytes = Buffer.from(line);
        for (const { at, how, byte } of changes) {
          const place_ = at % (bytes.length + 1);
          const put = how === 'repeat' ? bytes.subarray(place_, place_ + 30) : how === 'remove' ? Buffer.alloc(0) : Buffer.from([byte === 0x0a ? 0x0d : byte]);
          bytes = Buffer.concat([bytes.subarray(0, place_), put, bytes.subarray(place_ + (how === 'insert' || how === 'repeat' ? 0 : 1))]);
        }
        const file = fileOf([bytes]);
        const batch = scan(file);
        for (let row = 0; row < batch.rows; row++) {
          const value = parseBytes(bytesOf(batch, row, file));
          expect(value).not.toBeNull();
          const { uuid, parent, type, ts, ...rest } = plainRow(batch, row);
          const read = plainReading(value ?? {});
          expect({ uuid, parent, type, role: rest['role'] }).toEqual({ uuid: read.uuid ?? undefined, parent: read.parent ?? undefined, type: read.type ?? undefined, role: read.role ?? undefined });
          if (read.ts !== null) expect(ts).toBe(read.ts);
        }
        if (batch.rows === 0) expect(parseBytes(bytes)).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a line above the limit', () => {
  const long = Buffer.from(JSON.stringify({ type: 'user', sessionId: 's2', message: { content: 'x'.repeat(500) } }));
  const short = Buffer.from(JSON.stringify({ type: 'user', sessionId: 's1' }));

  it('is a reject of its session, with its range, and the next line goes on', () => {
    const batch = scan(fileOf([short, long, short]), { lineMaxBytes: 400 });
    expect(plainRejects(batch)).toEqual([{ line: 2, at: [short.length + 1, long.length], session: 's1', reason: 'too_large', rowsBefore: 1 }]);
    expect(batch.rejects[0]?.detail).toBe('longer than 400 bytes');
    expect(batch.rows).toBe(2);
  });

  it('is measured without its newline', () => {
    expect(scan(fileOf([long]), { lineMaxBytes: long.length }).rows).toBe(1);
    expect(scan(fileOf([long]), { lineMaxBytes: long.length - 1 }).rows).toBe(0);
  });

  it('is the same reject where it was too long to be held', () => {
    const first = scan(fileOf([short]), { path: '-home-ada/agent-a1.jsonl' });
    const before = { offset: first.bytes, lines: first.lines, adapterState: first.state };
    const held = scan(fileOf([long]), { path: '-home-ada/agent-a1.jsonl', lineMaxBytes: 400 }, { offset: first.bytes, lines: first.lines, state: first.state });
    expect(everything([oversizedBatch(before, 'agent-a1', long.length, 400)])).toEqual(everything([held]));
    expect(plainRejects(oversizedBatch({ offset: 0, lines: 0, adapterState: '' }, 'agent-a1', 500, 400))).toMatchObject([{ session: 'agent-a1', at: [0, 500], line: 1 }]);
  });
});

describe('why a line is no JSON', () => {
  it.each([
    ['\0'.repeat(4096), 'nul_bytes', 'nothing but 4096 NUL bytes'],
    [`{"type":"user","text":"${'\0'.repeat(12)}`, 'nul_bytes', '12 NUL bytes at position 23'],
    ['{"a":\0,"b":\0\0}', 'nul_bytes', '3 NUL bytes in 2 runs, the first at position 5'],
    ['\0', 'nul_bytes', 'nothing but 1 NUL byte'],
    ['{"a":1', 'invalid_json', /position 6|end of JSON/],
    ['secret', 'invalid_json', /^Unexpected token 's'$|position 0/],
    [`{"secret":"${'secret '.repeat(100)}" secret}`, 'invalid_json', /position/],
    ['undefined', 'invalid_json', 'not JSON'],
    ['\u{1F680}', 'invalid_json', /^Unexpected token/],
  ])('is told in words that do not quote it: %j', (line, reason, detail) => {
    const batch = scan(fileOf([Buffer.from(line)]));
    expect(batch.rejects).toMatchObject([{ reason, detail: typeof detail === 'string' ? detail : expect.stringMatching(detail) as string }]);
    expect(batch.rejects[0]?.detail).not.toContain('secret');
    expect(batch.rejects[0]?.detail?.length).toBeLessThanOrEqual(120);
  });
});

it('a batch of many rows keeps them all: columns grow', () => {
  const lines = Array.from({ length: 5000 }, (_, n) => JSON.stringify({ type: `t${n % 3}`, uuid: `id ${n}`, timestamp: new Date(n).toISOString(), sessionId: `s${n % 7}` }));
  const batch = scan(fileOf(lines));
  expect(batch.rows).toBe(5000);
  for (const n of [0, 255, 256, 257, 511, 512, 4095, 4096, 4999]) expect(plainRow(batch, n)).toMatchObject({ line: n + 1, uuid: `id ${n}`, type: `t${n % 3}`, session: `s${n % 7}` });
  expect(batch.byteOffset).toHaveLength(5000);
});
