// Sums by time, place and tool: the parts make the whole, also where bounds fall inside a quarter hour.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assistantLine, timeOf, userLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const SESSION = 'dddddddd-0000-4000-8000-000000000001';
const CALLS = 40;

interface Answer {
  items: Record<string, string | number | null>[];
  totals: Record<string, number>;
}

describe('aggregates', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  beforeAll(async () => {
    mkdirSync(join(workspace.root, '-home-ada-engine'));
    const lines = Array.from({ length: CALLS }, (_, i) =>
      // A call a minute, streamed in two lines, alternating models and tools.
      [1, 10].map((output) =>
        assistantLine({
          session: SESSION, n: i * 60 + output, message: `msg_${i}`, request: `req_${i}`, output, model: i % 2 === 0 ? 'claude-a' : 'claude-b',
          content: output === 1 ? [] : [{ type: 'tool_use', id: `toolu_${i}`, name: i % 4 === 0 ? 'Bash' : 'Read', input: {} }],
        }),
      ),
    ).flat();
    writeFileSync(join(workspace.root, '-home-ada-engine', `${SESSION}.jsonl`), `${[userLine({ session: SESSION, n: 0 }), ...lines].join('\n')}\n`);
    daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  it('counts a streamed call once, by its largest output', async () => {
    expect((await daemon.get<Answer>('/api/metrics/aggregate')).totals).toMatchObject({ calls: CALLS, output_tokens: CALLS * 10, input_tokens: CALLS * 3 });
  });

  it.each(['day', 'week', 'month', 'hour', 'project', 'session', 'model', 'source', 'agent'])('by %s adds up to the whole', async (key) => {
    const { items, totals } = await daemon.get<Answer>(`/api/metrics/aggregate?group_by=${key}`);
    expect(items.length).toBeGreaterThan(0);
    for (const field of ['calls', 'input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens']) {
      expect(items.reduce((sum, item) => sum + Number(item[field]), 0)).toBe(totals[field]);
    }
    expect(totals['calls']).toBe(CALLS);
  });

  it('is exact between bounds inside a quarter hour, for tools too', async () => {
    const bounds = `since=${timeOf(7 * 60)}&until=${timeOf(23 * 60)}`;
    expect((await daemon.get<Answer>(`/api/metrics/aggregate?${bounds}`)).totals).toMatchObject({ calls: 16 });
    const { items } = await daemon.get<Answer>(`/api/metrics/aggregate?group_by=tool&${bounds}`);
    expect(items.map(({ tool, calls }) => [tool, calls])).toEqual([['Bash', 4], ['Read', 12]]);
  });

  it('names rows in order', async () => {
    const { items } = await daemon.get<Answer>('/api/metrics/aggregate?group_by=model');
    expect(items.map((item) => item['model'])).toEqual(['claude-a', 'claude-b']);
  });

  it('puts days where the time zone has them', async () => {
    const { items } = await daemon.get<Answer>('/api/metrics/aggregate?group_by=day&timezone=America/Los_Angeles');
    expect(items.map((item) => item['day'])).toEqual(['2026-09-30']);
  });
});

describe('hours of a zone whose clocks were decided anew in 2026, so that not every list of zones knows it', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('are the same wherever the bounds lie', async () => {
    mkdirSync(join(workspace.root, '-home-ada-engine'));
    const call = assistantLine({ session: SESSION, n: 0, extra: { timestamp: '2026-12-02T10:20:00.000Z' } });
    writeFileSync(join(workspace.root, '-home-ada-engine', `${SESSION}.jsonl`), `${call}\n`);
    const daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
    for (const timezone of ['Africa/Casablanca', 'America/Vancouver', 'America/Edmonton']) {
      const path = `/api/metrics/aggregate?group_by=hour&timezone=${timezone}&since=`;
      const [quarter, inside] = [await daemon.get<Answer>(`${path}2026-12-01T00:00:00Z`), await daemon.get<Answer>(`${path}2026-12-01T00:00:01Z`)];
      expect(inside.items).toHaveLength(1);
      expect([timezone, inside.items]).toEqual([timezone, quarter.items]);
    }
  });
});
