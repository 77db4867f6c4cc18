// One small log of each agent, made up, beside what a scan must say of it; and that nothing any of them may
// write stops one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/sources/content.ts';
import { SOURCE_IDS } from '../../src/core/settings/source-id.ts';
import { adapterOf } from '../../src/sources/registry.ts';
import { SAMPLES } from './support/agent-samples.ts';
import { anyLine, fileOf } from './support/claude-logs.ts';
import { GUESSED, plainRow, scan } from './support/scanned.ts';

it.each([
  ['cursor', 'engine/agent-transcripts/c1/c1.jsonl', { role: 'assistant', message: { content: [{ type: 'tool_use', name: 'Read', input: {} }] } }, undefined],
  ['claude-ai', 'c1.jsonl', { key: 'message:m1', observed_at: '2026-10-01T09:00:00.000Z', item: { message: { sender: 'assistant', content: [{ type: 'tool_use', id: null, name: 'web_search', input: {} }] } } }, undefined],
  ['codex', 'sessions/rollout-a.jsonl', { timestamp: '2026-10-01T09:00:00.000Z', type: 'response_item', payload: { type: 'tool_search_call', arguments: {} } }, undefined],
  ['codex', 'sessions/rollout-a.jsonl', { timestamp: '2026-10-01T09:00:00.000Z', type: 'response_item', payload: { type: 'tool_search_output' } }, undefined],
  ['codex', 'sessions/rollout-a.jsonl', { timestamp: '2026-10-01T09:00:00.000Z', type: 'response_item', payload: { type: 'function_call_output', output: '' } }, ['missing_id']],
  ['pi', 'p/a.jsonl', { type: 'message', id: 'a', timestamp: '2026-10-01T09:00:00.000Z', message: { role: 'assistant', content: [{ type: 'toolCall', name: 'bash', arguments: {} }] } }, ['missing_id']],
])('%s: an id that its calls never have is not missing, one that they have is (%#)', (source, path, line, oddities) => {
  expect(scan(fileOf([JSON.stringify(line)]), { source, path, root: '/home/ada/logs' }).oddities.get(0)).toEqual(oddities);
});

it.each([['file:///home/ada/my%20engine%C3%A9', '/home/ada/my engineé'], ['file:///home/ada/100%', '/home/ada/100%'], ['/home/ada/a%20b', '/home/ada/a%20b']])('amp: %s is the folder %s', (uri, cwd) => {
  const line = { key: 'thread', observed_at: '2026-10-01T09:00:00.000Z', item: { thread: { id: 'T-1', created: 1_790_845_200_000, env: { initial: { trees: [{ uri }] } } } } };
  const batch = scan(fileOf([JSON.stringify(line)]), { source: 'amp', path: 'T-1.jsonl', root: '/home/ada/logs' });
  expect(batch.facts.filter((fact) => fact.kind === 'cwd')).toMatchObject([{ cwd }]);
});

describe.each(SAMPLES)('$source at $path', ({ source, path, lines, rows, texts, title }) => {
  const bytes = fileOf(lines.map((line) => JSON.stringify(line)));

  it('is read as what it says', () => {
    const batch = scan(bytes, { source, path, root: '/home/ada/logs' });
    expect(batch.rejects).toEqual([]);
    expect(lines.map((_, row) => plainRow(batch, row))).toMatchObject(rows);
    expect(lines.map((line) => textOf(source, Buffer.from(JSON.stringify(line)), GUESSED))).toEqual(texts);
    const titles = batch.facts.flatMap((fact) => (fact.kind === 'title' ? [fact] : []));
    expect(titles.toSorted((a, b) => a.rank - b.rank).at(-1)?.title ?? null).toBe(title);
  });

  it('is accepted, and the same in one piece and in two', () => {
    expect(adapterOf(source).accepts(path)).toBe('source');
    const whole = scan(bytes, { source, path });
    const first = scan(fileOf([JSON.stringify(lines[0])]), { source, path });
    const rest = scan(fileOf(lines.slice(1).map((line) => JSON.stringify(line))), { source, path }, { offset: first.bytes, lines: 1, state: first.state });
    expect([...Array.from({ length: first.rows }, (_, row) => plainRow(first, row)), ...Array.from({ length: rest.rows }, (_, row) => plainRow(rest, row))]).toEqual(Array.from({ length: whole.rows }, (_, row) => plainRow(whole, row)));
    expect(rest.state).toBe(whole.state);
  });
});

describe.each(SOURCE_IDS)('the adapter of %s', (source) => {
  const anyValue = fc.jsonValue({ maxDepth: 3 });
  const known = fc.constantFrom('type', 'id', 'uuid', 'message', 'content', 'parts', 'role', 'tokens', 'usage', 'usageMetadata', 'toolCalls', 'item', 'key', 'observed_at', 'info', 'session', 'thread', 'part', 'payload', 'timestamp', 'time', 'state', 'tokenUsage', '$set', 'directories');
  const { object } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, anyValue, tie('object'), fc.array(tie('value'), { maxLength: 2 })),
    object: fc.dictionary(known, tie('value'), { maxKeys: 6 }),
  }));

  it('makes a record of every object and is stopped by nothing', () => {
    fc.assert(
      fc.property(fc.array(object, { minLength: 1, maxLength: 4 }), fc.array(anyLine, { maxLength: 3 }), (objects, others) => {
        const batch = scan(fileOf([...objects.map((value) => JSON.stringify(value)), ...others]), { source, path: 'p/chats/x.jsonl' });
        expect(batch.rejects.filter(({ reason }) => reason === 'adapter')).toEqual([]);
        expect(batch.rows).toBeGreaterThanOrEqual(objects.length);
        for (const value of objects) expect(() => textOf(source, Buffer.from(JSON.stringify(value)), GUESSED)).not.toThrow();
      }),
      { numRuns: 200 },
    );
  });
});
