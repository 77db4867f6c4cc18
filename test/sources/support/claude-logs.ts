// Logs for properties: lines that look real, drawn from few names so that they refer to one another,
// among lines that are broken in every way known.

import fc from 'fast-check';

const uuid = fc.integer({ min: 1, max: 12 }).map((n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
const session = fc.constantFrom('s1', 's2', 'a session/with odd signs');
const agent = fc.constantFrom('a1', 'a2', 'no such/agent');
const tool = fc.constantFrom('toolu_1', 'toolu_2', 'toolu_3');
const time = fc.integer({ min: 0, max: 3600 }).map((seconds) => new Date(Date.UTC(2026, 9, 1) + seconds * 1000).toISOString());
const words = fc.constantFrom('count', 'to ten', '<command-name>/x</command-name>', '}{', '"}', 'é\u2028', '\ud83d', '');
const count = fc.oneof({ weight: 5, arbitrary: fc.nat(500) }, { weight: 1, arbitrary: fc.constantFrom<unknown>(-1, 1.5, 1e300, '7', null, 2 ** 53, 2 ** 40) });

const block = fc.oneof(
  fc.record({ type: fc.constant('text'), text: words }),
  fc.record({ type: fc.constant('tool_use'), id: tool, name: fc.constantFrom('Bash', 'Task', 'Agent', 'odd "name"}', 'half \ud83d'), input: fc.record({ command: words, description: words, subagent_type: words }, { requiredKeys: [] }) }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constant('tool_result'), tool_use_id: tool, content: words, is_error: fc.boolean() }, { requiredKeys: ['type'] }),
  fc.constantFrom<unknown>(null, 7, [], {}),
);

const usage = fc.record(
  { input_tokens: count, output_tokens: count, cache_creation_input_tokens: count, cache_read_input_tokens: count, cache_creation: fc.record({ ephemeral_1h_input_tokens: count }) },
  { requiredKeys: [] },
);

const message = fc.record(
  { id: fc.constantFrom('m1', 'm2', 'm3', ''), role: fc.constantFrom('user', 'assistant'), model: fc.constantFrom('claude-a', 'claude-b', '<synthetic>'), content: fc.oneof(words, fc.array(block, { maxLength: 3 })), usage },
  { requiredKeys: [] },
);

const told = fc.record(
  {
    type: fc.constantFrom('user', 'user', 'assistant', 'assistant', 'system', 'progress', 'summary', 'custom-title', 'ai-title', 'next month’s type', 'half \ud83d'),
    uuid,
    parentUuid: fc.oneof(uuid, fc.constant(null)),
    sessionId: session,
    agentId: agent,
    isSidechain: fc.boolean(),
    timestamp: time,
    cwd: fc.constantFrom('/home/ada', '/home/ada/tree', ''),
    requestId: fc.constantFrom('r1', 'r2'),
    message,
    toolUseResult: fc.oneof(fc.record({ agentId: agent }), words),
    data: fc.record({ type: fc.constantFrom('agent_progress', 'hook_progress'), agentId: agent }),
    parentToolUseID: tool,
    isMeta: fc.boolean(),
    summary: words,
    customTitle: words,
    aiTitle: words,
  },
  { requiredKeys: ['type'] },
);

/** A line that looks like Claude Code's, parsed. */
export const realValue: fc.Arbitrary<Readonly<Record<string, unknown>>> = told;

export const realLine: fc.Arbitrary<string> = told.map((value) => JSON.stringify(value));

const BROKEN = ['', ' \t', '\r', 'not json', '{"a":', '[1]', '7', 'null', '"text"', '{"a":1}}', '\0\0\0', '{"a":"\0"}', '{}{}', '{"a":1} {"b":2}\r', '\ufeff{}', '\ufeff', '{"a":1},{"b":2}', '}{'].map((text) => Buffer.from(text));
const NOT_UTF8 = ['ff', 'c0af', '7b2261223a22ff227d', 'eda080', '7b7dff7b7d'].map((hex) => Buffer.from(hex, 'hex'));

/** Bytes of one line, without a newline. */
export const anyLine: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 10, arbitrary: realLine.map((line) => Buffer.from(line)) },
  { weight: 1, arbitrary: fc.tuple(realLine, fc.constantFrom('\r', ' ', '')).map(([line, after]) => Buffer.from(line + after)) },
  { weight: 1, arbitrary: fc.array(realLine, { minLength: 2, maxLength: 3 }).map((lines) => Buffer.from(lines.join(''))) },
  { weight: 1, arbitrary: fc.tuple(realLine, fc.nat(300)).map(([line, at]) => Buffer.from(line.slice(0, at))) },
  { weight: 2, arbitrary: fc.constantFrom(...BROKEN, ...NOT_UTF8) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))) },
);

/** Lines with their newlines. */
export function fileOf(lines: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [typeof line === 'string' ? Buffer.from(line) : line, Buffer.from('\n')]));
}

/** Where such logs lie: main threads, and both layouts of subagents. */
export const anyPath: fc.Arbitrary<string> = fc.constantFrom('-home-ada/s1.jsonl', '-home-ada/agent-a1.jsonl', '-home-ada/s1/subagents/agent-a1.jsonl', '-home-ada/s1/subagents/workflows/w/journal.jsonl');
