// What calls cost, by sums done by hand, through the API, the commands and the status line.

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { run, until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const EXECUTABLE = fileURLToPath(new URL('../../bin/sessionlake.js', import.meta.url));

interface Tokens {
  input?: number;
  output?: number;
  write?: number;
  hour?: number;
  read?: number;
}

function call(session: string, n: number, model: string, { input = 0, output = 0, write = 0, hour = 0, read = 0 }: Tokens, extra: object = {}): string {
  const line = JSON.parse(assistantLine({ session, n, model })) as { message: { usage: object } };
  line.message.usage = {
    input_tokens: input, output_tokens: output, cache_creation_input_tokens: write + hour, cache_read_input_tokens: read, cache_creation: { ephemeral_5m_input_tokens: write, ephemeral_1h_input_tokens: hour },
  };
  return JSON.stringify({ ...line, ...extra });
}

/** 5, 25, 6.25, 10 and 0.5 USD a million: 5 + 25 + 6.25 + 10 + 0.5. */
const FLAT = { input: 1_000_000, output: 1_000_000, write: 1_000_000, hour: 1_000_000, read: 1_000_000 };
/** Above 200,000 with what is cached: 6 and 0.6 USD for the input, 22.5 for the output. */
const LONG = { input: 150_000, output: 1000, read: 100_000 };
/** Not above it: 3 and 15 USD. */
const SHORT = { input: 200_000, output: 1000 };
const FLAT_USD = 46.75;
/** 0.9825 and 0.615. */
const AGENT_USD = 1.5975;
const SESSION_USD = 48.3475;
/** With 9 USD of one's own. */
const ALL_USD = 57.3475;

describe('costs', () => {
  const workspace = new Workspace();
  let daemon: Daemon;

  beforeAll(async () => {
    const project = join(workspace.root, '-home-ada-engine');
    mkdirSync(join(project, 's1', 'subagents'), { recursive: true });
    const agent = { agentId: 'a1', isSidechain: true };
    writeFileSync(join(project, 's1.jsonl'), `${[userLine({ session: 's1', n: 0 }), call('s1', 1, 'claude-opus-4-5-20251101', FLAT), call('s1', 2, 'nobody-knows', FLAT)].join('\n')}\n`);
    writeFileSync(join(project, 's1', 'subagents', 'agent-a1.jsonl'), `${[call('s1', 10, 'claude-sonnet-4-5-20250929', LONG, agent), call('s1', 11, 'claude-sonnet-4-5-20250929', SHORT, agent)].join('\n')}\n`);
    writeFileSync(join(project, 's2.jsonl'), `${call('s2', 0, 'my-gateway-large', { input: 1_000_000, output: 1_000_000 })}\n`);
    writeFileSync(join(project, 's3.jsonl'), `${call('s3', 0, 'nobody-knows', FLAT)}\n${userLine({ session: 's4', n: 0 })}\n`);
    writeFileSync(join(workspace.dir, 'prices.json'), JSON.stringify({ 'my-*': { input: 1, output: 8 } }));
    daemon = await workspace.start(['--no-archive', '--log-level', 'warn', '--prices', join(workspace.dir, 'prices.json')]);
    await daemon.caughtUp();
  }, 60_000);
  afterAll(() => workspace.remove());

  it('are in sessions, agents, projects and sums; what has no price is counted, not guessed', async () => {
    expect(await daemon.get('/api/sessions/s1')).toMatchObject({ cost_usd: FLAT_USD, cost_rollup_usd: SESSION_USD, unpriced_calls: 1 });
    expect(await daemon.get('/api/sessions/s3')).toMatchObject({ cost_usd: null, cost_rollup_usd: null, unpriced_calls: 1 });
    expect(await daemon.get('/api/sessions/s4')).toMatchObject({ cost_usd: 0, cost_rollup_usd: 0, unpriced_calls: 0 });
    expect(await daemon.all('/api/sessions/s1/subagents')).toMatchObject([{ id: 'a1', cost_usd: AGENT_USD, cost_rollup_usd: AGENT_USD, unpriced_calls: 0 }]);
    const [project] = await daemon.all<{ id: string }>('/api/projects');
    const all = { calls: 6, cost_usd: ALL_USD, unpriced_calls: 2 };
    expect(project).toMatchObject(all);
    const answer = await daemon.get<{ items: object[]; totals: object; prices: object }>('/api/metrics/aggregate?group_by=session&breakdown=model');
    expect(answer.totals).toMatchObject(all);
    expect(answer.items[0]).toMatchObject({ session: 's1', calls: 4, breakdown: [{ model: 'claude-opus-4-5-20251101', cost_usd: FLAT_USD }, { model: 'claude-sonnet-4-5-20250929', calls: 2, cost_usd: AGENT_USD }, { model: 'nobody-knows', cost_usd: null, unpriced_calls: 1 }] });
    expect(answer.prices).toEqual({ source: expect.stringMatching(/^genai-prices \d/), date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) });
    expect(await daemon.get('/api/usage/blocks')).toMatchObject({ items: [{ started_at: '2026-10-01T00:00:00.000Z', ends_at: '2026-10-01T05:00:00.000Z', active: false, ...all }] });
  });

  it('say where each price is from', async () => {
    const { items, overrides } = await daemon.get<{ items: { model: string }[]; overrides: string }>('/api/prices');
    const of = (model: string): unknown => items.find((item) => item.model === model);
    expect(overrides).toBe(join(workspace.dir, 'prices.json'));
    expect(of('my-gateway-large')).toMatchObject({ provider: 'own', source: overrides, periods: [{ input: 1, output: 8, cache_read: 1 }], assumed: expect.arrayContaining(['cache_read = input']) });
    expect(of('claude-sonnet-4-5-20250929')).toMatchObject({ provider: 'anthropic', periods: [{ input: 3, tiers: [{ above: 200_000, input: 6, output: 22.5 }] }] });
    expect(of('nobody-knows')).toMatchObject({ priced_as: null, source: null, periods: [] });
  });

  it('fill the status bar, on one line', async () => {
    // On a busy machine less is said.
    await until(async () => (await statusline({ session_id: 's1', model: { display_name: 'Opus 4.5' } })) === 'Opus 4.5 | $48.35 session | $0.00 today\n');
  });

  it('are the same from the commands, with the daemon and without it', async () => {
    const usage = (...args: string[]): ReturnType<typeof run> => run(workspace, ['usage', ...args, '--data-dir', workspace.dataDir], { SESSIONLAKE_PRICES: join(workspace.dir, 'prices.json') });
    const asked = async (): Promise<unknown[]> => [await usage('daily', '--breakdown'), await usage('session', '--json'), await usage('blocks'), await usage('monthly', '--timezone', 'America/New_York')];
    const running = await asked();
    expect(running[0]).toMatchObject({ code: 0, stdout: expect.stringMatching(/^DATE[^\n]+\n2026-10-01 .* \$57\.35\+\n└ claude-opus-4-5-20251101 .* \$46\.75\n/), stderr: 'No price is known for 2 calls (nobody-knows); the costs leave them out.\n' });
    expect(running[3]).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n2026-09 /) });
    expect(await daemon.stop()).toBe(0);
    expect(await asked()).toEqual(running);
    expect(await statusline({ cost: { total_cost_usd: 1.5 } })).toBe('$1.50 session\n');
  }, 60_000);

  it('that the own prices cannot mean are told at the start', async () => {
    writeFileSync(join(workspace.dir, 'wrong.json'), '{"m": {"input": -1, "output": 1}}');
    const { code, stderr } = await run(workspace, ['start', '--once', '--data-dir', workspace.dataDir, '--root', workspace.root, '--prices', join(workspace.dir, 'wrong.json')]);
    expect(code).toBe(2);
    expect(stderr).toContain('"m": input is a number of US dollars');
  });

  function statusline(hook: object): Promise<string> {
    const child = spawn(process.execPath, [EXECUTABLE, 'statusline', '--data-dir', workspace.dataDir], { env: { PATH: process.env['PATH'], HOME: workspace.dir, TZ: 'UTC' }, stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(JSON.stringify(hook));
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    return new Promise((resolve) => child.once('close', () => resolve(out)));
  }
});
