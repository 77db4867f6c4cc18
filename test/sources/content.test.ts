import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawOf, textOf } from '../../src/sources/content.ts';
import { anyLine } from './support/claude-logs.ts';
import { GUESSED } from './support/scanned.ts';

const text = (line: unknown): string | null => textOf('claude-code', Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)), GUESSED);
const message = (content: unknown): string | null => text({ type: 'user', message: { role: 'user', content } });
const tool = (input: unknown): string | null => message([{ type: 'tool_use', id: 't', name: 'X', input }]);

describe('the text of a message', () => {
  it.each<[string, unknown, string | null]>([
    ['a string', 'plain', 'plain'],
    ['an empty string', '', ''],
    ['text blocks', [{ type: 'text', text: 'one' }, { type: 'text', text: 'two' }], 'one\ntwo'],
    ['thinking', [{ type: 'thinking', thinking: 'hm', signature: 's' }], 'hm'],
    ['thinking that is hidden', [{ type: 'redacted_thinking', data: 'xx' }], null],
    ['a tool result of a string', [{ type: 'tool_result', tool_use_id: 't', content: 'out' }], 'out'],
    ['a tool result of blocks', [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'a' }, { type: 'image', source: {} }, { type: 'text', text: 'b' }] }], 'a\nb'],
    ['a tool result of nothing', [{ type: 'tool_result', tool_use_id: 't' }], null],
    ['an image', [{ type: 'image', source: { type: 'base64', data: 'AAAA' } }], null],
    ['a document with text beside it', [{ type: 'document', source: {} }, { type: 'text', text: 'see above' }], 'see above'],
    ['an unknown block with a text', [{ type: 'server_tool_use_of_next_year', text: 'new' }], 'new'],
    ['odd blocks', [null, 1, 'x', [], {}, { type: 'text', text: 7 }], null],
    ['no blocks', [], null],
    ['nothing', null, null],
    ['a number', 7, null],
  ])('of %s', (_name, content, expected) => {
    expect(message(content)).toBe(expected);
  });

  it.each<[string, unknown, string]>([
    ['the command', { command: 'ls', description: 'List' }, 'ls'],
    ['the file', { file_path: '/a', content: 'long' }, '/a'],
    ['the pattern', { pattern: 'x', output_mode: 'files' }, 'x'],
    ['the description before the prompt', { prompt: 'long prompt', description: 'short' }, 'short'],
    ['everything where nothing tells', { todos: [1] }, '{"todos":[1]}'],
    ['nothing at all', null, '{}'],
  ])('of a tool call is %s', (_name, input, expected) => {
    expect(tool(input)).toBe(expected);
  });
});

describe('the text of other lines', () => {
  it.each<[unknown, string | null]>([
    [{ type: 'system', content: 'Compacted' }, 'Compacted'],
    [{ type: 'summary', summary: 'In short' }, 'In short'],
    [{ type: 'custom-title', customTitle: 'Mine' }, 'Mine'],
    [{ type: 'ai-title', aiTitle: 'Its' }, 'Its'],
    [{ type: 'last-prompt', lastPrompt: 'Go' }, 'Go'],
    [{ type: 'attachment', attachment: { type: 'queued_command', prompt: 'next' } }, 'next'],
    [{ type: 'attachment', attachment: { type: 'file', content: [{ type: 'text', text: 'inside' }] } }, 'inside'],
    [{ type: 'attachment', attachment: { type: 'file', content: { odd: 1 } } }, null],
    [{ type: 'permission-mode', permissionMode: 'plan' }, null],
    [{}, null],
  ])('%j', (line, expected) => {
    expect(text(line)).toBe(expected);
  });
});

describe('bytes', () => {
  it('that are no JSON object have no text, and none throw', () => {
    for (const line of ['', '[]', '7', 'null', '{"a":', '"x"', '\0']) expect(text(line)).toBeNull();
    fc.assert(
      fc.property(anyLine, fc.constantFrom('claude-code', 'jsonl'), (line, source) => {
        const said = textOf(source, line, GUESSED);
        expect(said === null || typeof said === 'string').toBe(true);
      }),
    );
  });

  it('after a byte order mark are read, and shown with it', () => {
    const bytes = Buffer.from('\ufeff{"type":"summary","summary":"x"}');
    expect(textOf('claude-code', bytes, GUESSED)).toBe('x');
    expect(rawOf(bytes)).toBe('\ufeff{"type":"summary","summary":"x"}');
  });

  it('that are not UTF-8 show as U+FFFD', () => {
    expect(rawOf(Buffer.from('61ff62', 'hex'))).toBe('a\ufffdb');
  });

  it('nested deeper than any stack have no text and do no harm', () => {
    const deep = `${'{"type":"tool_result","content":['.repeat(100_000)}${']}'.repeat(100_000)}`;
    expect(textOf('claude-code', Buffer.from(`{"message":{"content":[${deep}]}}`), GUESSED)).toBeNull();
  });
});
