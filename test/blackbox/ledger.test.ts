// The ledger through the contract: what counts adds up to the session's figures, each line is where it
// says, and each call and line that does not count says by which rule.

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { assistantLine } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}
interface Line {
  path: string;
  line: number;
  byte_offset: number;
  byte_length: number;
  session_id: string;
  usage: Usage;
  kept: boolean;
  rule: string;
}
interface Call {
  id: string;
  counted: boolean;
  rule: string;
  ambiguous: boolean;
  owner_session_id: string;
  agent_id: string | null;
  model: string;
  usage: Usage;
  cost_usd: number | null;
  price: { source: string; date: string } | null;
  lines: Line[];
}
interface Session {
  id: string;
  usage: Usage;
  usage_rollup: Usage;
  cost_rollup_usd: number | null;
}

const NAMES = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'] as const;

function sumOf(calls: readonly Call[]): Usage {
  const total = { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  for (const call of calls) for (const name of NAMES) total[name] += call.usage[name];
  return total;
}

const at = (second: number): string => new Date(Date.UTC(2026, 8, 1, 10, 0, second)).toISOString();
const callLine = (session: string, n: number, fields: object, output: number, extra: object = {}): string =>
  JSON.stringify({ ...JSON.parse(assistantLine({ session, n })) as object, timestamp: at(n), requestId: 'req_1', ...extra, message: { role: 'assistant', model: 'claude-sonnet-4-5-20250929', content: [], ...fields, usage: { input_tokens: 10, output_tokens: output, cache_creation_input_tokens: 4, cache_read_input_tokens: 3 } } });

describe('the ledger of a session', () => {
  const workspace = new Workspace();
  const dir = join(workspace.root, '-home-ada-ledger');
  let daemon: Daemon;

  beforeAll(async () => {
    await generateLake({ dir: workspace.root, seed: 97, targetBytes: 2e6 });
    mkdirSync(dir, { recursive: true });
    // A streamed call, then the same again in a fork, and a message under two requests.
    writeFileSync(join(dir, 'first.jsonl'), `${[callLine('first', 1, { id: 'msg_a' }, 1), callLine('first', 2, { id: 'msg_a' }, 30), callLine('first', 3, { id: 'msg_b' }, 7, { requestId: 'req_2' }), callLine('first', 4, { id: 'msg_b' }, 8, { requestId: 'req_3' })].join('\n')}\n`);
    writeFileSync(join(dir, 'fork.jsonl'), `${[callLine('fork', 2, { id: 'msg_a' }, 30), callLine('fork', 9, { id: 'msg_c' }, 5, { requestId: 'req_4' })].join('\n')}\n`);
    mkdirSync(join(dir, 'first', 'subagents'), { recursive: true });
    writeFileSync(join(dir, 'first', 'subagents', 'agent-aside.jsonl'), `${callLine('first', 5, { id: 'msg_a' }, 30, { isSidechain: true, agentId: 'aside', requestId: 'req_9' })}\n`);
    daemon = await workspace.start();
    await daemon.caughtUp();
  }, 120_000);
  afterAll(() => workspace.remove());

  const ledgerOf = (id: string, limit = 1000): Promise<Call[]> => daemon.all<Call>(`/api/sessions/${id}/ledger?limit=${limit}`);

  it('adds up to the session with its subagents, in tokens and in money', async () => {
    const sessions = await daemon.all<Session>('/api/sessions?limit=500');
    expect(sessions.length).toBeGreaterThan(5);
    for (const session of sessions) {
      const calls = await ledgerOf(session.id);
      const counted = calls.filter((call) => call.counted);
      expect([session.id, sumOf(counted)]).toEqual([session.id, session.usage_rollup]);
      expect(sumOf(counted.filter((call) => call.agent_id === null))).toEqual(session.usage);
      expect(counted.reduce((sum, call) => sum + (call.cost_usd ?? 0), 0)).toBeCloseTo(session.cost_rollup_usd ?? 0, 9);
      const { totals } = await daemon.get<{ totals: Usage & { calls: number } }>(`/api/sessions/${session.id}/ledger?limit=1`);
      expect(totals).toMatchObject({ ...session.usage_rollup, calls: counted.length, cost_usd: session.cost_rollup_usd });
    }
  });

  it('is the same in pages of any size', async () => {
    const whole = await ledgerOf('first');
    expect(await ledgerOf('first', 1)).toEqual(whole);
    expect(await ledgerOf('first', 2)).toEqual(whole);
  });

  it('has each line where it says, with the figures it states', async () => {
    let lines = 0;
    for (const { id } of await daemon.all<Session>('/api/sessions?limit=500')) {
      for (const call of await ledgerOf(id)) {
        expect(call.lines.length).toBeGreaterThan(0);
        expect(call.lines.filter((line) => line.kept)).toHaveLength(1);
        for (const line of call.lines) {
          const bytes = readFileSync(line.path).subarray(line.byte_offset, line.byte_offset + line.byte_length);
          const { message } = JSON.parse(bytes.toString()) as { message: { usage: Usage } };
          for (const name of NAMES) expect(line.usage[name]).toBe(message.usage[name] ?? 0);
          if (line.kept) expect(line.usage).toEqual(call.usage);
          else expect(line.usage.output_tokens).toBeLessThanOrEqual(call.usage.output_tokens);
          lines += 1;
        }
      }
    }
    expect(lines).toBeGreaterThan(300);
  });

  it('names the rule of each: the largest line, another session’s call, a replay, a message of two requests', async () => {
    const first = await ledgerOf('first');
    expect(first.map(({ rule, ambiguous, usage, lines }) => [rule, ambiguous, usage.output_tokens, lines.map((line) => [line.session_id, line.rule]).toSorted()])).toEqual([
      ['counted', false, 30, [['first', 'largest'], ['first', 'repeat'], ['fork', 'repeat']]],
      ['counted', true, 7, [['first', 'largest']]],
      ['counted', true, 8, [['first', 'largest']]],
      ['replay', false, 30, [['first', 'largest']]],
    ]);
    const fork = await ledgerOf('fork');
    expect(fork.map(({ rule, counted, owner_session_id }) => [rule, counted, owner_session_id])).toEqual([['inherited', false, 'first'], ['counted', true, 'fork']]);
    expect(first[0]?.price).toMatchObject({ source: expect.any(String), date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
  });

  it('is a table for people, down to the lines', () => {
    const cli = (...args: string[]): string => execFileSync(process.execPath, [fileURLToPath(new URL('../../bin/sessionlake.js', import.meta.url)), ...args, '--data-dir', workspace.dataDir], { encoding: 'utf8' });
    const table = cli('ledger', 'first', '--lines');
    for (const row of [/repeat +1 .*first\.jsonl:1$/m, /kept +30 .*first\.jsonl:2$/m, /repeat +30 .*fork\.jsonl:1$/m]) expect(table).toMatch(row);
    expect(table).toMatch(/counted, ambiguous/);
    expect((JSON.parse(cli('ledger', 'first', '--json')) as { items: Call[] }).items).toHaveLength(4);
  });

  it('is kept until its session changes, or another one that tells of the same calls', async () => {
    const lone = { id: 'msg_lone', requestId: 'req_lone' };
    const write = async (session: string, n: number, call: { id: string; requestId: string }): Promise<void> => {
      const { lines } = await daemon.get<{ lines: number }>('/api/status');
      appendFileSync(join(dir, `${session}.jsonl`), `${callLine(session, n, { id: call.id }, 5, { requestId: call.requestId })}\n`);
      await until(async () => (await daemon.get<{ lines: number }>('/api/status')).lines > lines);
    };
    const ask = async (id: string): Promise<{ cache: string | null; told: string[] }> => {
      const response = await daemon.fetch(`/api/sessions/${id}/ledger`);
      const { items } = (await response.json()) as { items: Call[] };
      return { cache: response.headers.get('x-cache'), told: items.flatMap(({ lines }) => lines.map(({ session_id: session }) => session)) };
    };
    const forkLines = (await ask('fork')).told.length;
    await write('lone', 1, lone);
    expect(await ask('lone')).toEqual({ cache: 'MISS', told: ['lone'] });
    expect(await ask('lone')).toEqual({ cache: 'HIT', told: ['lone'] });
    await write('other', 2, { id: 'msg_other', requestId: 'req_other' });
    expect(await ask('lone')).toEqual({ cache: 'HIT', told: ['lone'] });
    await write('other', 3, lone);
    expect(await ask('lone')).toEqual({ cache: 'MISS', told: ['lone', 'other'] });
    await write('third', 4, lone);
    expect(await ask('lone')).toEqual({ cache: 'MISS', told: ['lone', 'other', 'third'] });
    // A call that another session had first.
    await write('first', 8, { id: 'msg_a', requestId: 'req_1' });
    expect((await ask('fork')).told).toHaveLength(forkLines + 1);
  });

  it('refuses what is no session, limit or cursor of its own', async () => {
    expect((await daemon.fetch('/api/sessions/none/ledger')).status).toBe(404);
    expect((await daemon.fetch('/api/sessions/first/ledger?limit=1001')).status).toBe(400);
    expect((await daemon.fetch('/api/sessions/first/ledger?cursor=xyz')).status).toBe(400);
  });
});
