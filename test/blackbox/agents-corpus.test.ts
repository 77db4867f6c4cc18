// Real logs of Codex, Copilot CLI and pi through the contract: each session's tokens are what its logs say
// of themselves, also where several files are snapshots of one session. Without the logs, which are not
// part of the project, this is skipped.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const corpus = fileURLToPath(new URL('../../../shared/corpus', import.meta.url));
const present = existsSync(corpus);
if (!present) console.warn('Skipped: there is no ../shared/corpus to read real logs from.');

const SOURCES = ['codex', 'copilot', 'pi'] as const;

interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((member, key) => (member as Record<string, unknown> | null | undefined)?.[key], value);
}

const numberAt = (value: unknown, ...keys: readonly string[]): number => Number(at(value, ...keys) ?? 0);

function usage(input: number, output: number, cacheCreation: number, cacheRead: number): Usage {
  return { input_tokens: input, output_tokens: output, cache_creation_input_tokens: cacheCreation, cache_read_input_tokens: cacheRead };
}

/** The lines of each session; of several snapshots those of the longest. */
function sessionsOf(source: string): Map<string, unknown[]> {
  const sessions = new Map<string, unknown[]>();
  for (const name of readdirSync(`${corpus}/${source}`, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.jsonl')) continue;
    const lines = readFileSync(`${corpus}/${source}/${name}`, 'utf8').split('\n').slice(0, -1).filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as unknown);
    const id = String(at(lines[0], 'payload', 'id') ?? at(lines[0], 'data', 'sessionId') ?? at(lines[0], 'id') ?? basename(name, '.jsonl'));
    if ((sessions.get(id)?.length ?? 0) < lines.length) sessions.set(id, lines);
  }
  return sessions;
}

const TOLD: Record<(typeof SOURCES)[number], (lines: readonly unknown[]) => Usage> = {
  codex: (lines) => {
    const last = lines.map((line) => at(line, 'payload', 'info', 'total_token_usage')).findLast((totals) => totals !== undefined);
    const cached = numberAt(last, 'cached_input_tokens');
    return usage(numberAt(last, 'input_tokens') - cached, numberAt(last, 'output_tokens'), 0, cached);
  },
  // None of these sessions was resumed, so its end tells of all its messages.
  copilot: (lines) => {
    const ends = lines.filter((line) => at(line, 'type') === 'session.shutdown').flatMap((line) => Object.values(at(line, 'data', 'modelMetrics') as object)).map((metrics) => at(metrics, 'usage'));
    const sum = (name: string): number => ends.reduce<number>((all, told) => all + numberAt(told, name), 0);
    const spoken = lines.reduce<number>((all, line) => all + numberAt(line, 'data', 'outputTokens'), 0);
    return ends.length === 0 ? usage(0, spoken, 0, 0) : usage(sum('inputTokens') - sum('cacheReadTokens') - sum('cacheWriteTokens'), sum('outputTokens'), sum('cacheWriteTokens'), sum('cacheReadTokens'));
  },
  pi: (lines) => {
    const sum = (name: string): number => lines.reduce<number>((all, line) => all + numberAt(line, 'message', 'usage', name), 0);
    return usage(sum('input'), sum('output'), sum('cacheWrite'), sum('cacheRead'));
  },
};

describe.skipIf(!present)('real logs', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  beforeAll(async () => {
    daemon = await workspace.start([...SOURCES.flatMap((source) => ['--root', `${source}=${corpus}/${source}`]), '--rate-limit', '0', '--no-archive', '--log-level', 'error']);
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  it.each(SOURCES)('of %s: every session has the tokens it tells of', async (source) => {
    const sessions = await daemon.all<{ id: string; usage_rollup: Usage }>(`/api/sessions?source=${source}&limit=500`);
    const told = new Map([...sessionsOf(source)].map(([id, lines]) => [id, TOLD[source](lines)]));
    expect(new Map(sessions.map(({ id, usage_rollup }) => [id, usage_rollup]))).toEqual(told);
  });
});
