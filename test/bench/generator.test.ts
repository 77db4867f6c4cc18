// The generator's promise: same seed, same bytes, and a truth that a plain
// recount of the files confirms.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { generateFiles, generateLake } from '../../bench/generator/generate.ts';
import type { LakeOptions } from '../../bench/generator/options.ts';
import { recount, type Files } from '../../bench/generator/recount.ts';
import { SHAPES } from '../../bench/generator/shapes.ts';
import type { Truth } from '../../bench/generator/truth.ts';
import { writeSample } from '../../bench/generator/write-sample.ts';

const SAMPLE = fileURLToPath(new URL('../../data/sample', import.meta.url));
const BENCH = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'generator-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function readTree(root: string): Files {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort();
  return new Map(paths.map((path) => [path.split(sep).join('/'), readFileSync(join(root, path))]));
}

function inMemory(options: LakeOptions): { files: Files; truth: Truth } {
  const { files, truth } = generateFiles(options);
  return { files: new Map(files.map((file) => [file.path, Buffer.concat(file.lines)])), truth };
}

function digest(files: Files): string {
  const hash = createHash('sha256');
  for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(path).update(bytes);
  return hash.digest('hex');
}

function sampleLogs(): Files {
  return readTree(join(SAMPLE, 'claude-code'));
}

function sampleTruth(): Truth {
  return JSON.parse(readFileSync(join(SAMPLE, 'expected.json'), 'utf8')) as Truth;
}

function expectConfirmed(files: Files, truth: Truth): void {
  const count = recount(files);
  const { lines, records, blank_lines: blankLines, duplicates, tails, totals } = truth;
  expect(count).toMatchObject({ lines, records, blankLines, duplicates, tails, totals });
  expect(count.byType).toEqual(truth.records_by_type);
  expect(count.rejects).toEqual(truth.rejects.by_reason);
  expect(truth.lines).toBe(truth.records + truth.rejects.total + truth.blank_lines);
  expect([...count.sessions.values()].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
    truth.sessions.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((session) => ({
      id: session.id, title: session.title, firstTs: session.first_ts, lastTs: session.last_ts, messages: session.messages,
      prompts: session.prompts, toolUses: session.tool_uses, own: session.own, rollup: session.rollup, inherited: session.inherited,
    })),
  );
  expect(count.agents.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
    truth.agents.toSorted((a, b) => (a.file < b.file ? -1 : 1)).map((agent) => {
      const from = (evidence: (typeof agent.evidence)[number]): string | null => (agent.evidence.includes(evidence) ? agent.tool_use_id : null);
      return {
        id: agent.id, sessionId: agent.session_id, path: agent.file, usage: agent.usage,
        meta: from('meta'), result: from('result'), progress: from('progress'), prompt: from('prompt'),
      };
    }),
  );
}

describe('the generator', () => {
  it.each(SHAPES)('gives the same bytes for the same seed and others for another: %s', (shape) => {
    const options: LakeOptions = { seed: 7, shape, targetBytes: 400_000, agents: 6, malformedRate: 0.01 };
    const once = inMemory(options);
    const twice = inMemory(options);
    expect(digest(once.files)).toBe(digest(twice.files));
    expect(once.truth).toEqual(twice.truth);
    expect(digest(inMemory({ ...options, seed: 8 }).files)).not.toBe(digest(once.files));
  });

  it.each(SHAPES)('knows what is in its files: %s', (shape) => {
    const { files, truth } = inMemory({ seed: 11, shape, targetBytes: 6_000_000, agents: 40, malformedRate: 0.01 });
    expectConfirmed(files, truth);
    expect(truth.bytes).toBe([...files].filter(([path]) => path.endsWith('.jsonl')).reduce((sum, [, bytes]) => sum + bytes.length, 0));
  });

  it('writes no odd line unless asked', () => {
    const { truth } = inMemory({ seed: 3, sessions: 5 });
    expect(truth.oddities).toEqual({});
    expect(truth.lines).toBe(truth.records);
    expect(truth.sessions).toHaveLength(5);
  });

  it('writes to a directory what it writes to memory, with the time of the last line on each file', async () => {
    const options: LakeOptions = { seed: 5, sessions: 6, malformedRate: 0.005, projects: 2 };
    const dir = join(scratch, 'lake');
    const truth = await generateLake({ ...options, dir });
    const memory = inMemory(options);
    expect(truth).toEqual(memory.truth);
    expect(digest(readTree(dir))).toBe(digest(memory.files));
    for (const session of truth.sessions) {
      const mtimeMs = statSync(join(dir, session.project, `${session.id}.jsonl`)).mtimeMs;
      expect(mtimeMs).toBeLessThanOrEqual(Date.parse(session.last_ts) + 3_600_000);
      expect(mtimeMs).toBeGreaterThanOrEqual(Date.parse(session.first_ts));
    }
  });

  it('writes a large lake in parts, by several processes, with the truth about the whole', async () => {
    const options: LakeOptions = { seed: 21, shape: 'many-small', sessions: 1000, malformedRate: 0.005 };
    const dir = join(scratch, 'parts');
    const truth = await generateLake({ ...options, dir });
    const memory = inMemory(options);
    expect(truth).toEqual(memory.truth);
    expect(truth.sessions).toHaveLength(1000);
    expect(digest(readTree(dir))).toBe(digest(memory.files));
    expectConfirmed(memory.files, truth);
  }, 60_000);

  it('meets the size it was asked for', () => {
    const { truth } = inMemory({ seed: 9, targetBytes: 3_000_000 });
    expect(truth.bytes).toBeGreaterThanOrEqual(3_000_000);
    expect(truth.bytes).toBeLessThan(3_300_000);
  });

  it('explains itself, and names the flag that is wrong', () => {
    const run = (...args: string[]) => spawnSync(process.execPath, ['--import', 'tsx', BENCH, 'generate', ...args], { encoding: 'utf8' });
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--shape') });
    expect(run(scratch, '--size', 'lots')).toMatchObject({ status: 2, stderr: expect.stringContaining('--size lots') });
    expect(run(scratch, '--colour', 'red')).toMatchObject({ status: 2, stderr: expect.stringContaining('--colour') });
    expect(run(SAMPLE)).toMatchObject({ status: 2, stderr: expect.stringContaining('has files in it') });
  }, 30_000);
});

describe('the sample', () => {
  it('is what the generator writes, byte for byte', () => {
    const dir = join(scratch, 'sample');
    const truth = writeSample(dir);
    expect(digest(readTree(join(dir, 'claude-code')))).toBe(digest(sampleLogs()));
    expect(JSON.parse(JSON.stringify(truth))).toEqual(sampleTruth());
  });

  it('holds what its truth says', () => {
    expectConfirmed(sampleLogs(), sampleTruth());
  });

  it('has a dozen sessions in three projects and both subagent layouts', () => {
    const { sessions, agents, bytes } = sampleTruth();
    expect(sessions).toHaveLength(12);
    expect(new Set(sessions.map((session) => session.project)).size).toBe(3);
    expect(new Set(agents.map((agent) => agent.layout))).toEqual(new Set(['flat', 'directory']));
    expect(agents.some((agent) => agent.depth === 2)).toBe(true);
    expect(agents.some((agent) => agent.tool_use_id === null)).toBe(true);
    expect(bytes).toBeGreaterThan(200_000);
    expect(bytes).toBeLessThan(500_000);
  });

  it('has every kind of usage line, and every oddity', () => {
    const { usage_lines: fates, oddities, rejects } = sampleTruth();
    for (const count of [...Object.values(fates), ...Object.values(rejects.by_reason)]) expect(count).toBeGreaterThan(0);
    expect(Object.keys(oddities)).toHaveLength(18);
  });
});
