// Text copied from a line's bytes is the text that a full parse gives: for every way a message can be
// written, spaced, escaped and ordered, and for real logs.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonBytes } from '../../src/core/bytes/json-bytes.ts';
import { writeTextOfLine } from '../../src/sources/claude-code/text-bytes.ts';
import { textOf, writeText } from '../../src/sources/content.ts';
import { fileOf, realLine } from './support/claude-logs.ts';
import { bytesOf, GUESSED, scan } from './support/scanned.ts';

/** Small, so that it has to grow; used for every line, as an export does. */
const out = new JsonBytes(16);

function written(bytes: Uint8Array, source = 'claude-code'): string | null {
  out.clear();
  out.text('"before"');
  writeText(source, bytes, GUESSED, out);
  expect(out.written.toString('latin1', 0, 8)).toBe('"before"');
  return JSON.parse(out.written.toString('utf8', 8)) as string | null;
}

/** Whether the bytes alone were enough. */
function isUnderstood(line: string): boolean {
  return writeTextOfLine(Buffer.from(line), 0, new JsonBytes(16));
}

const words = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('', 'tool_use', 'tool_result', 'plain', '"quoted"', '\\', 'a\nb\tc', 'é\u2028🚀', '\ud83d', '}{', '\u0000\u001f') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
);
const scalar = fc.oneof(words, fc.constantFrom<unknown>(null, true, 7, -1.5e3, [], {}));
const input = fc.oneof(scalar, fc.dictionary(fc.constantFrom('command', 'file_path', 'description', 'prompt', 'todos', 'é'), scalar, { maxKeys: 4 }));
const leaf = fc.oneof(scalar, fc.record({ type: fc.oneof(fc.constantFrom('text', 'thinking', 'image'), scalar), text: scalar, thinking: scalar }, { requiredKeys: [] }));
const block = fc.oneof(
  leaf,
  fc.record({ type: fc.constantFrom('tool_use', 'tool_result', 'text'), id: words, input, content: fc.oneof(scalar, fc.array(leaf, { maxLength: 3 })), text: scalar }, { requiredKeys: [] }),
);
const content = fc.oneof(scalar, fc.array(block, { maxLength: 4 }));
const line = fc.record(
  {
    type: words, message: fc.oneof(scalar, fc.record({ role: words, content, usage: scalar }, { requiredKeys: [] })), content, summary: scalar, customTitle: scalar, aiTitle: scalar, lastPrompt: scalar,
    attachment: fc.oneof(scalar, fc.record({ prompt: scalar, content }, { requiredKeys: [] })), toolUseResult: fc.oneof(scalar, block),
  },
  { requiredKeys: [] },
);

interface Style {
  space: string;
  /** Turns the order of members round. */
  reverse: boolean;
  /** Writes letters as \u escapes: 0 none, 1 in values, 2 in keys too. */
  escapes: number;
  /** Tells the first member of each object twice. */
  twice: boolean;
}
const plain: Style = { space: '', reverse: false, escapes: 0, twice: false };
const style: fc.Arbitrary<Style> = fc.record({ space: fc.constantFrom('', ' ', '\t \r'), reverse: fc.boolean(), escapes: fc.nat({ max: 2 }), twice: fc.boolean() });

/** JSON as somebody else might print it. */
function printed(value: unknown, how: Style): string {
  const { space } = how;
  if (typeof value === 'string') return how.escapes > 0 ? escaped(value) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${space}${value.map((item) => printed(item, how)).join(`${space},${space}`)}${space}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  if (how.reverse) entries.reverse();
  if (how.twice && entries.length > 0) entries.unshift(entries.at(-1) as [string, unknown]);
  const members = entries.map(([key, member]) => `${how.escapes > 1 ? escaped(key) : JSON.stringify(key)}${space}:${space}${printed(member, how)}`);
  return `{${space}${members.join(`${space},${space}`)}${space}}`;
}

function escaped(text: string): string {
  return `"${Array.from({ length: text.length }, (_, i) => (i % 2 === 0 ? `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}` : JSON.stringify(text[i]).slice(1, -1))).join('')}"`;
}

describe('text from the bytes of a line', () => {
  it('is what a full parse gives, however the line is printed', () => {
    fc.assert(
      fc.property(line, style, fc.constantFrom('', '\ufeff', ' '), (value, how, before) => {
        const bytes = Buffer.from(before + printed(value, how));
        expect(written(bytes)).toBe(textOf('claude-code', bytes, GUESSED));
      }),
      { numRuns: 3000 },
    );
  });

  it('is what a full parse gives, for lines like an agent’s', () => {
    fc.assert(fc.property(realLine, (text) => {
      expect(written(Buffer.from(text))).toBe(textOf('claude-code', Buffer.from(text), GUESSED));
    }), { numRuns: 1000 });
  });

  it('is there without a parse for lines as agents print them', () => {
    fc.assert(fc.property(line, (value) => {
      const text = printed(value, plain);
      fc.pre(!/"type":"[^"]*\\/.test(text) && !/\\ud[89a-f]/.test(text));
      expect([text, isUnderstood(text)]).toEqual([text, true]);
    }), { numRuns: 1000 });
  });

  it('is left to a parse where the bytes do not say enough', () => {
    for (const odd of [
      '{"message":{"content":"a"},"message":{"content":"b"}}', '{"m\\u0065ssage":{"content":"a"}}', '{"message":{"content":[{"type":"tool\\u005fuse"}]}}', '{"message":{"content":"\\x"}}',
      '{"message":{"content":"a\tb"}}', '{"message":{"content":"\\u12g4"}}', '{"message":{"content":"open', '{"message"', '{"message":', '[]', '', '{', '{"a":[', '{"a":1', '{"a":1;', '{"content":"x"',
    ]) expect([odd, isUnderstood(odd)]).toEqual([odd, false]);
    const nested = (depth: number): string => (depth === 0 ? '"deep"' : `[{"type":"tool_result","content":${nested(depth - 1)}}]`);
    for (const depth of [1, 2, 8, 9, 50]) expect(written(Buffer.from(`{"message":{"content":${nested(depth)}}}`))).toBe('deep');
  });

  it.each([
    ['\\ud83d\\ude00 \\uD83D\\uDE00', '😀 😀', true],
    ['\\ud83d', '\ufffd', false],
    ['\\ude00', '\ufffd', false],
    ['\\ude00\\ud83d', '\ufffd\ufffd', false],
    ['\\ud83d\\ud83d\\ude00', '\ufffd😀', false],
    ['\\ud83dx\\ude00', '\ufffdx\ufffd', false],
    ['\\ud83d\\\\ude00', '\ufffd\\ude00', false],
    ['\\ud83d\\n', '\ufffd\n', false],
    ['\\ud7ff\\ue000', '\ud7ff\ue000', true],
  ])('of %s is %s: half a surrogate pair is no character', (escape, text, bytesAreEnough) => {
    const json = `{"message":{"content":"${escape}"}}`;
    expect([written(Buffer.from(json)), textOf('claude-code', Buffer.from(json), GUESSED), isUnderstood(json)]).toEqual([text, text, bytesAreEnough]);
  });

  it('shows bytes that are not UTF-8 as a full parse shows them', () => {
    const bytes = Buffer.concat([Buffer.from('{"message":{"content":"bad '), Buffer.from([0xff, 0xc3]), Buffer.from('"}}')]);
    expect(written(bytes)).toBe('bad \ufffd\ufffd');
  });

  it('is what a full parse gives, for a source whose adapter only parses', () => {
    expect(written(Buffer.from('{"msg":"a \\"b\\""}'), 'jsonl')).toBe('a "b"');
    expect(written(Buffer.from('{"n":1}'), 'jsonl')).toBe(null);
  });

  it('of a golden or generated record never breaks what it is written into', () => {
    const golden = fileURLToPath(new URL('goldens/', import.meta.url));
    for (const name of readdirSync(golden).filter((file) => file.endsWith('.jsonl'))) expectSameTexts(readFileSync(`${golden}${name}`), name);
    fc.assert(fc.property(fc.array(realLine, { maxLength: 20 }), (lines) => expectSameTexts(fileOf(lines), 'generated')), { numRuns: 100 });
  });
});

function expectSameTexts(bytes: Uint8Array, path: string): void {
  const batch = scan(bytes, { root: '/logs', path: 'p/s.jsonl', lineMaxBytes: 64 * 1024 * 1024 });
  for (let row = 0; row < batch.rows; row++) {
    const of = bytesOf(batch, row, bytes);
    expect([path, row, written(of)]).toEqual([path, row, textOf('claude-code', of, GUESSED)]);
  }
}

const corpus = fileURLToPath(new URL('../../../shared/corpus/claude', import.meta.url));
const present = existsSync(corpus);
if (!present) console.warn('Skipped: there is no ../shared/corpus/claude to read real logs from.');

describe.skipIf(!present)('text from the bytes of real logs', () => {
  it('is what a full parse gives', () => {
    for (const name of readdirSync(corpus, { recursive: true, encoding: 'utf8' })) if (name.endsWith('.jsonl')) expectSameTexts(readFileSync(`${corpus}/${name}`), name);
  });
});
