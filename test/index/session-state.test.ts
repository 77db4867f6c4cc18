// A session at a time against an index that has only the lines up to then: whatever the order of times and of
// arrival, however often it is asked meanwhile.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommitOp } from '../../src/core/commit-op.ts';
import type { SessionState } from '../../src/core/answers/session-views.ts';
import { compact } from '../../src/index/commit/compaction.ts';
import { SessionBook } from '../../src/index/book/session-book.ts';
import type { LakeVersions } from '../../src/index/writer/lake-versions.ts';
import { FileBook } from '../../src/index/files/file-book.ts';
import { LineBytes } from '../../src/index/lines/line-bytes.ts';
import { LakeRates } from '../../src/index/spending/rates.ts';
import { SessionLinks } from '../../src/index/links/session-links.ts';
import { IndexedSessionViews } from '../../src/index/session-views.ts';
import { HeldSessions } from '../../src/index/held/held-sessions.ts';
import { Snapshots } from '../../src/index/state/snapshots.ts';
import { ArchivedLines } from '../../src/index/lines/archived-lines.ts';
import { parseOwnPrices } from '../../src/prices/own-prices.ts';
import { Prices } from '../../src/prices/prices.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';

const START = Date.UTC(2026, 2, 14, 23, 59, 30);
/** One model has thresholds, and another price from midnight on; one has no price. */
const book = new Prices({ file: 'own.json', prices: parseOwnPrices({ steps: [{ input: 1, output: 2, tiers: [{ above: 1000, input: 3 }] }, { from: '2026-03-15', input: 7, output: 7 }] }, 'own.json', '2026-01-01') });
const MODELS = ['steps', 'claude-opus-4-5-20251101', 'nobody-knows'];

/** s2 is a fork of s1: it repeats lines of its calls. */
const FILES = [['-p/s1.jsonl', 20], ['-p/s2.jsonl', 10], ['-p/s1/subagents/agent-a1.jsonl', 30], ['-p/s1/subagents/agent-a2.jsonl', 30]] as const;

interface Line {
  file: number;
  /** Seconds after the start; null: without a time. */
  second: number | null;
  kind: 'prompt' | 'call' | 'tool' | 'result' | 'error' | 'note';
  message: number;
  request: number | null;
  model: number;
  input: number;
  output: number;
  tool: number;
}

const line: fc.Arbitrary<Line> = fc.record({
  file: fc.nat(FILES.length - 1),
  second: fc.oneof({ weight: 12, arbitrary: fc.nat(59) }, { weight: 1, arbitrary: fc.constant(null) }),
  kind: fc.constantFrom<Line['kind']>('prompt', 'call', 'call', 'call', 'tool', 'tool', 'result', 'result', 'error', 'note'),
  message: fc.nat(4), request: fc.oneof(fc.nat(1), fc.constant(null)), model: fc.nat(MODELS.length - 1), input: fc.constantFrom(10, 900, 2000), output: fc.nat(3), tool: fc.nat(5),
});

function textOf({ file, second, kind, message, request, model, input, output, tool }: Line, n: number): string {
  const agent = file >= 2 ? `a${file - 1}` : null;
  const envelope = { uuid: `u${n}`, sessionId: file === 1 ? 's2' : 's1', ...(second === null ? {} : { timestamp: new Date(START + second * 1000).toISOString() }), ...(agent === null ? {} : { agentId: agent, isSidechain: true }) };
  if (kind === 'note') return JSON.stringify({ ...envelope, type: 'system', subtype: 'local_command', content: 'x' });
  if (kind === 'prompt') return JSON.stringify({ ...envelope, type: 'user', message: { role: 'user', content: `prompt ${n}` } });
  if (kind === 'result' || kind === 'error') return JSON.stringify({ ...envelope, type: 'user', message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${tool}`, content: 'x', is_error: kind === 'error' }] } });
  const content = kind === 'tool' ? [{ type: 'tool_use', id: `t${tool}`, name: 'Read', input: {} }] : [{ type: 'text', text: 'x' }];
  return JSON.stringify({
    ...envelope, type: 'assistant', ...(request === null ? {} : { requestId: `r${request}` }),
    message: { id: `m${message}`, role: 'assistant', model: MODELS[model], content, usage: { input_tokens: input, output_tokens: output, cache_creation_input_tokens: 4, cache_creation: { ephemeral_1h_input_tokens: 3 } } },
  });
}

/** `versions`: with them the session is held. */
function viewsOf(index: TestIndex, versions?: LakeVersions): IndexedSessionViews {
  const options = { jsonl: { id: null, time: null, type: null, session: null, text: null, parent: null } };
  const rates = new LakeRates(async () => book, index.writer.strings);
  const parts = {
    readers: index.readers, names: index.writer, files: new FileBook(index.readers, null), rates, links: new SessionLinks({ readers: index.readers, names: index.writer, versions: undefined, changes: null }), held: new HeldSessions({ readers: index.readers, names: index.writer, commits: versions === undefined ? null : { versions, changes: versions.changes, pending: () => index.writer.pending() } }), book: new SessionBook({ readers: index.readers, names: index.writer, rates, changes: null }), now: () => START + 3600_000, idleMs: 1,
    lines: new LineBytes(index.sources, new ArchivedLines(index.readers, index.dir)), adapterOptions: options,
  };
  return new IndexedSessionViews(parts, new Snapshots(3));
}

/** Without what another index names otherwise. */
function plain({ open_tool_calls: open, running_subagents: _running, running_subagent_count: _count, ...state }: SessionState): object {
  return { ...state, open: open.map(({ offset: _offset, ...call }) => JSON.stringify(call)).toSorted() };
}

/** What an index says that has the lines up to a time alone; null where it does not know the session. */
async function without(lines: readonly Line[], session: string, second: number): Promise<{ state: object; item: object } | null> {
  const index = await TestIndex.open(undefined, book);
  try {
    const files = FILES.map(([path, birthMs], i) => new SourceFile(i + 1, path, { birthMs }));
    for (const [n, one] of lines.entries()) if (one.second !== null && one.second <= second) await index.commit([(files[one.file] as SourceFile).read([textOf(one, n)])]);
    const found = (await index.lake.sessions({}, 'started_at', { limit: 10 })).items.find((item) => item.id === session);
    if (found === undefined) return null;
    const { message_count, tool_call_count, error_count, subagent_count, usage, usage_rollup, cost_usd, cost_rollup_usd, unpriced_calls, started_at, last_activity } = found;
    const item = { message_count, tool_call_count, error_count, subagent_count, usage, usage_rollup, cost_usd, cost_rollup_usd, unpriced_calls, started_at, last_activity };
    return { state: plain(await viewsOf(index).state(session, START + second * 1000)), item };
  } finally {
    await index.remove();
  }
}

describe('a session at a time', () => {
  it.each([['in memory', true], ['in the database', false]])('is what the lines up to then say, however they came and whatever was asked before: %s', async (_name, isHeld) => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 8, maxLength: 34 }), fc.array(fc.tuple(fc.integer({ min: 5, max: 25 }), fc.integer({ min: 40, max: 60 })), { minLength: 3, maxLength: 8 }), fc.array(fc.nat(60), { minLength: 1, maxLength: 3 }), async (lines, asked, seconds) => {
        const index = await TestIndex.open(undefined, book);
        try {
          const views = viewsOf(index, isHeld ? index.versions : undefined);
          const files = FILES.map(([path, birthMs], i) => new SourceFile(i + 1, path, { birthMs }));
          const known = new Set<string>();
          for (const [n, one] of lines.entries()) {
            const ops: CommitOp[] = [(files[one.file] as SourceFile).read([textOf(one, n)])];
            await index.commit(ops);
            known.add(one.file === 1 ? 's2' : 's1');
            for (const [after, second] of asked) if (after === n) for (const session of known) await views.state(session, START + second * 1000);
            if (n === 20) await index.writer.exclusively(compact);
          }
          for (const second of seconds) {
            for (const session of known) {
              const state = await views.state(session, START + second * 1000);
              const expected = await without(lines, session, second);
              if (expected === null) expect(state).toMatchObject({ started_at: null, record_count: 0, calls_rollup: 0 });
              else expect({ state: plain(state), item: state }).toEqual({ state: expected.state, item: expect.objectContaining(expected.item) as object });
              expect(await views.state(session, START + second * 1000)).toEqual(state);
            }
          }
        } finally {
          await index.remove();
        }
      }),
      { numRuns: 4, endOnFailure: true },
    );
  }, 120_000);
});
