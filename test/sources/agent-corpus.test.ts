// Real logs of Codex, Copilot CLI and pi: tokens against what the logs say of themselves, counted here a
// second time by plain reading. The logs are not part of the project: without them these tests are skipped.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { USAGE_WIDTH } from '../../src/core/scan-batch.ts';
import type { ScanBatch } from '../../src/core/scan-batch.ts';
import { textOf } from '../../src/sources/content.ts';
import { AGENT_SOURCES } from './support/agent-logs.ts';
import { bytesOf, GUESSED, plainRow, scan } from './support/scanned.ts';

const corpus = fileURLToPath(new URL('../../../shared/corpus', import.meta.url));
const present = existsSync(corpus);
if (!present) console.warn('Skipped: there is no ../shared/corpus to read real logs from.');

interface Log {
  path: string;
  bytes: Buffer;
  lines: unknown[];
}

/** What stands at the end of the keys; undefined where one is missing. */
function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((member, key) => (member as Record<string, unknown> | null | undefined)?.[key], value);
}

function numberAt(value: unknown, ...keys: readonly string[]): number {
  return Number(at(value, ...keys) ?? 0);
}

/** Codex's are also among the logs of others, by their names. */
function logsOf(source: string): Log[] {
  const names = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
  return names.filter((name) => name.startsWith(`${source}/`) || (source === 'codex' && /\/rollout-\d{4}-/.test(name))).sort().map((path) => {
    const bytes = readFileSync(`${corpus}/${path}`);
    // A line without its newline may not be whole.
    const lines = bytes.toString('utf8').split('\n').slice(0, -1).filter((line) => line.trim() !== '');
    return { path, bytes, lines: lines.map((line) => JSON.parse(line) as unknown) };
  });
}

const scanned = (source: string, log: Log): ScanBatch => scan(log.bytes, { source, root: corpus, path: log.path, lineMaxBytes: 64 * 1024 * 1024 });

type Tokens = { input: number; output: number; cacheCreation: number; cacheRead: number };
const NONE: Tokens = { input: 0, output: 0, cacheCreation: 0, cacheRead: 0 };

function add(a: Tokens, b: Tokens): Tokens {
  return { input: a.input + b.input, output: a.output + b.output, cacheCreation: a.cacheCreation + b.cacheCreation, cacheRead: a.cacheRead + b.cacheRead };
}

/** Each call once, by the line with the largest output. */
function counted(batch: ScanBatch): Tokens {
  const calls = new Map<bigint, Tokens>();
  const count = (call: bigint, [input, output, cacheCreation, cacheRead]: readonly number[]): void => {
    if (call === 0n || (calls.get(call)?.output ?? -1) >= (output as number)) return;
    calls.set(call, { input: input as number, output: output as number, cacheCreation: cacheCreation as number, cacheRead: cacheRead as number });
  };
  for (let row = 0; row < batch.rows; row++) count(batch.callMessage[row] as bigint, [...batch.usage.subarray(row * USAGE_WIDTH, (row + 1) * USAGE_WIDTH)]);
  for (const fact of batch.facts) if (fact.kind === 'call') count(fact.message, fact.usage);
  return [...calls.values()].reduce(add, NONE);
}

/** The input has both kinds of cache in it. */
function processTokens(usage: unknown): Tokens {
  const cacheRead = numberAt(usage, 'cacheReadTokens');
  const cacheCreation = numberAt(usage, 'cacheWriteTokens');
  return { input: numberAt(usage, 'inputTokens') - cacheRead - cacheCreation, output: numberAt(usage, 'outputTokens'), cacheCreation, cacheRead };
}

describe.skipIf(!present)('real logs', () => {
  it('of Codex add up to the last totals of every file', () => {
    const logs = logsOf('codex');
    expect(logs.length).toBeGreaterThan(5);
    for (const log of logs) {
      const last = log.lines.map((line) => at(line, 'payload', 'info', 'total_token_usage')).findLast((totals) => totals !== undefined);
      const cached = numberAt(last, 'cached_input_tokens');
      const told = { input: numberAt(last, 'input_tokens') - cached, output: numberAt(last, 'output_tokens'), cacheCreation: 0, cacheRead: cached };
      expect({ path: log.path, ...counted(scanned('codex', log)) }).toEqual({ path: log.path, ...told });
    }
  });

  it('of Copilot CLI add up to what each process told at its end, and to its messages where it told nothing', () => {
    const logs = logsOf('copilot');
    expect(logs.filter(({ lines }) => lines.some((line) => at(line, 'type') === 'session.shutdown')).length).toBeGreaterThan(5);
    for (const log of logs) {
      let told = NONE;
      let messages = NONE;
      for (const line of log.lines) {
        const type = at(line, 'type');
        if (type === 'assistant.message') messages = add(messages, { ...NONE, output: numberAt(line, 'data', 'outputTokens') });
        if (type === 'session.resume') [told, messages] = [add(told, messages), NONE];
        if (type !== 'session.shutdown') continue;
        for (const metrics of Object.values(at(line, 'data', 'modelMetrics') as object)) told = add(told, processTokens(at(metrics, 'usage')));
        messages = NONE;
      }
      expect({ path: log.path, ...counted(scanned('copilot', log)) }).toEqual({ path: log.path, ...add(told, messages) });
    }
  });

  it('of pi add up to the usage of their messages', () => {
    const logs = logsOf('pi');
    expect(logs.length).toBeGreaterThan(1);
    for (const log of logs) {
      const usages = log.lines.map((line) => at(line, 'message', 'usage'));
      const told = usages.map((usage) => ({ input: numberAt(usage, 'input'), output: numberAt(usage, 'output'), cacheCreation: numberAt(usage, 'cacheWrite'), cacheRead: numberAt(usage, 'cacheRead') }));
      expect({ path: log.path, ...counted(scanned('pi', log)) }).toEqual({ path: log.path, ...told.reduce(add, NONE) });
    }
  });

  it.each(AGENT_SOURCES)('of %s become rows whose tool calls have their results, with texts for most messages', (source) => {
    const messages = { all: 0, silent: 0 };
    for (const log of logsOf(source)) {
      const batch = scanned(source, log);
      expect([log.path, batch.rows, batch.rejects.filter(({ reason }) => reason !== 'blank')]).toEqual([log.path, log.lines.length, []]);
      expect(batch.project).toMatch(/^-[A-Za-z0-9-]+$/);
      const rows = Array.from({ length: batch.rows }, (_, row) => plainRow(batch, row));
      const ids = (name: 'tools' | 'toolResults'): unknown[] => rows.flatMap((row) => (row[name] ?? []) as { id: unknown }[]).map(({ id }) => id);
      const called = new Set(ids('tools'));
      for (const id of ids('toolResults')) expect(called).toContain(id);
      expect(new Set(rows.map(({ uuid }) => uuid)).size).toBe(rows.length);
      for (const [row, { role }] of rows.entries()) {
        if (role === undefined) continue;
        messages.all += 1;
        if (textOf(source, bytesOf(batch, row, log.bytes), GUESSED) === null) messages.silent += 1;
      }
    }
    expect(messages.silent / messages.all).toBeLessThan(0.1);
  });
});
