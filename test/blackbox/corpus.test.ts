// Real logs of Claude Code, where they are at hand beside the repository: every line indexed or rejected, every
// token counted once, every subagent linked, and all of it the same from the archive alone.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { archiveAll, removeSources } from './support/archive.ts';
import { ageFiles } from './support/file-ages.ts';
import { plainLake, sumOf, usageOf } from './support/plain.ts';
import type { PlainLake } from './support/plain.ts';
import { rawAnswer } from './support/raw-http.ts';
import { expectShape, RECORD } from './support/shapes.ts';

type Json = Record<string, unknown>;
interface Session {
  id: string;
  usage: Json;
  usage_rollup: Json;
  status: string;
}

const corpus = fileURLToPath(new URL('../../../shared/corpus/claude', import.meta.url));
const newline = Buffer.from('\n');

describe.skipIf(!existsSync(corpus))('the corpus (skipped where ../shared/corpus/claude is not there)', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let plain: PlainLake;
  /** Paths below the root, by file id. */
  const pathOf = new Map<string, string>();

  beforeAll(async () => {
    cpSync(corpus, workspace.root, { recursive: true });
    ageFiles(workspace.root);
    plain = plainLake(workspace.root);
    daemon = await workspace.start(['--no-archive', '--log-level', 'warn']);
    await daemon.caughtUp();
    for (const file of await daemon.all<{ id: string; path: string }>('/api/files?limit=1000')) pathOf.set(file.id, file.path.slice(workspace.root.length + 1));
  }, 120_000);
  afterAll(() => workspace.remove());

  async function records(query: string): Promise<Json[]> {
    const lines = (await daemon.text(`/api/export?${query}`)).trimEnd().split('\n').map((line) => JSON.parse(line) as Json);
    expect(lines.pop()).toMatchObject({ type: 'end', rows: lines.length });
    return lines;
  }

  it('is read to each last newline', async () => {
    const files = readdirSync(workspace.root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl') && statSync(join(workspace.root, name)).isFile());
    expect(plain.files.length).toBe(files.length);
    expect(await daemon.get('/api/status')).toMatchObject({
      caught_up: true, problems: [], files: files.length, lines: plain.files.reduce((sum, file) => sum + file.lines.length, 0),
      bytes_total: plain.files.reduce((sum, file) => sum + file.bytes.length, 0), bytes_indexed: plain.files.reduce((sum, file) => sum + file.complete, 0),
    });
  });

  it('has a record or a reject for every complete line, with its exact bytes', async () => {
    const given = new Map<string, { start: number; end: number; line: number }[]>();
    const note = (item: Json): void => {
      const path = pathOf.get(String(item['file_id'])) ?? '';
      const start = Number(item['byte_offset']);
      const ranges = given.get(path) ?? [];
      ranges.push({ start, end: start + Number(item['byte_length']), line: Number(item['line']) });
      given.set(path, ranges);
    };
    const all = await records('content=none&duplicates=true');
    const rejects = await daemon.all<Json>('/api/rejects?limit=1000');
    for (const record of all) {
      expectShape(record, RECORD);
      note(record);
    }
    for (const reject of rejects) {
      expect(String(reject['reason'])).not.toBe('');
      note(reject);
    }
    for (const file of plain.files) {
      const ranges = (given.get(file.path) ?? []).toSorted((a, b) => a.start - b.start);
      // Records that share a line stand side by side in it.
      const whole = ranges.reduce<{ start: number; end: number; line: number }[]>((lines, range) => {
        const last = lines.at(-1);
        if (last !== undefined && last.line === range.line && last.end === range.start) last.end = range.end;
        else lines.push({ start: range.start, end: range.end, line: range.line });
        return lines;
      }, []);
      expect([file.path, whole]).toEqual([file.path, file.lines.map((line) => ({ start: line.start, end: line.start + line.bytes.length, line: line.number }))]);
    }
    expect(all.length).toBe(plain.records.length);
    expect(rejects.length).toBe(plain.files.flatMap((file) => file.lines).filter((line) => line.values.length === 0).length);
  });

  it('gives for each record the bytes that parse to it', async () => {
    const bytesOf = new Map(plain.files.map((file) => [file.path, file.bytes]));
    const repeats = new Set<string>();
    for (const record of await records('content=raw&duplicates=true')) {
      const start = Number(record['byte_offset']);
      const bytes = bytesOf.get(pathOf.get(String(record['file_id'])) ?? '')?.subarray(start, start + Number(record['byte_length'])) ?? Buffer.alloc(0);
      expect(record['raw']).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
      const value = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, '')) as Json;
      expect([record['uuid'], record['type']]).toEqual([value['uuid'] ?? null, value['type'] ?? null]);
      if (record['duplicate'] === true) repeats.add(`${String(record['session_id'])} ${String(record['uuid'])}`);
    }
    expect(repeats).toEqual(new Set(plain.records.filter((record) => record.repeated).map((record) => `${record.session} ${record.uuid}`)));
  });

  it('counts every token once, in total and by session', async () => {
    const { totals } = await daemon.get<{ totals: Json }>('/api/metrics/aggregate');
    expect(plain.calls.length).toBeGreaterThan(500);
    expect(totals).toMatchObject(sumOf(plain.calls));
    const sessions = await daemon.all<Session>('/api/sessions?limit=500');
    expect(sessions.map((session) => session.id).toSorted()).toEqual([...new Set(plain.records.map((record) => record.session))].toSorted());
    for (const { id, usage, usage_rollup } of sessions) {
      const calls = plain.calls.filter((call) => call.session === id);
      expect([id, usage, usage_rollup]).toEqual([id, usageOf(calls.filter((call) => call.agent === null)), usageOf(calls)]);
    }
  });

  it('links every subagent to the call that started it, and none wrongly', async () => {
    const told = toldLinks(plain);
    const agents = new Set(plain.records.filter((record) => record.agent !== null && !record.agent.startsWith('sidechain ')).map((record) => `${record.session} ${record.agent}`));
    let linked = 0;
    for (const session of new Set([...agents].map((agent) => agent.split(' ')[0] as string))) {
      for (const agent of await daemon.all<{ id: string; tool_use_id: string | null }>(`/api/sessions/${session}/subagents?limit=1000`)) {
        const links = told.get(`${session} ${agent.id}`);
        if (links === undefined) expect([session, agent.id, agent.tool_use_id]).toEqual([session, agent.id, inferredLink(plain, session, agent.id)]);
        else expect([session, agent.id, [...links]]).toEqual([session, agent.id, expect.arrayContaining([agent.tool_use_id])]);
        linked += links === undefined ? 0 : 1;
        agents.delete(`${session} ${agent.id}`);
      }
    }
    expect([...agents]).toEqual([]);
    expect(linked).toBeGreaterThan(5);
  });

  it('is the same from the archive alone', async () => {
    const sessions = (await daemon.all<Session>('/api/sessions?limit=500')).map((session) => session.id);
    const content = async (): Promise<string[]> => {
      const hashes: string[] = [];
      for (const id of sessions) {
        for (const level of ['text', 'raw']) {
          const items = await daemon.all(`/api/sessions/${id}/messages?limit=1000&type=*&agent=*&duplicates=true&content=${level}`);
          hashes.push(`${id} ${level} ${items.length} ${createHash('sha256').update(JSON.stringify(items)).digest('hex')}`);
        }
      }
      return hashes;
    };
    const before = { content: await content(), jsonl: await rawAnswer(daemon, '/api/export?format=jsonl'), sums: await daemon.get('/api/metrics/aggregate?group_by=session') };
    expect(Number(before.jsonl.trailers['x-rows'])).toBe(plain.files.reduce((sum, file) => sum + file.lines.length, 0));
    await archiveAll(daemon);
    for (const session of await daemon.all<Session>('/api/sessions?limit=500')) expect([session.id, session.status]).toEqual([session.id, 'archived']);
    await removeSources(daemon, plain.files.map((file) => join(workspace.root, file.path)));
    // A file that is still open can be read although it is deleted; a new process has none open.
    await daemon.stop();
    daemon = await workspace.start(['--no-archive', '--log-level', 'warn']);
    await daemon.caughtUp();
    const after = await rawAnswer(daemon, '/api/export?format=jsonl');
    expect(after.trailers).toEqual(before.jsonl.trailers);
    expect(after.body.equals(before.jsonl.body)).toBe(true);
    expect(await content()).toEqual(before.content);
    expect(await daemon.get('/api/metrics/aggregate?group_by=session')).toEqual(before.sums);
  }, 120_000);

  it('can be put together again from the Parquet rows, byte for byte', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const reader = await connection.runAndReadAll(`SELECT source, month, file, file_id, line, raw, raw_bytes FROM read_parquet('${workspace.dataDir}/archive/**/*.parquet', hive_partitioning = true) ORDER BY file_id, byte_offset`);
    const rows = reader.getRowObjects() as unknown as { source: string; file: string; file_id: string; line: bigint; raw: string | null; raw_bytes: { bytes: Uint8Array } | null }[];
    connection.closeSync();
    const rebuilt = new Map<string, Buffer[]>();
    for (const row of rows) {
      expect(row.source).toBe('claude-code');
      expect((row.raw === null) !== (row.raw_bytes === null)).toBe(true);
      const pieces = rebuilt.get(row.file) ?? [];
      pieces.push(row.raw_bytes === null ? Buffer.from(row.raw ?? '', 'utf8') : Buffer.from(row.raw_bytes.bytes), newline);
      rebuilt.set(row.file, pieces);
    }
    for (const file of plain.files.filter(({ complete }) => complete > 0)) {
      expect([file.path, Buffer.concat(rebuilt.get(file.path) ?? []).equals(file.bytes.subarray(0, file.complete))]).toEqual([file.path, true]);
    }
  });

  it('has the tokens that ccusage counts, and those of the lines that docs/ledger.md lists', async () => {
    const listed = [...readFileSync('docs/ledger.md', 'utf8').matchAll(/^\| `([^`]+\.jsonl)` \| ([\d, ]+) \|$/gm)].flatMap(([, path, lines]) => (lines ?? '').split(', ').map((line) => `${path}:${line}`));
    const claims = plain.files.flatMap(({ lines }) => lines.flatMap(claimOf));
    const readable = new Set(claims.filter((claim) => !claim.unread).map(({ key }) => key));
    const unread = claims.filter((claim) => claim.unread && !readable.has(claim.key));
    expect(unread.map(({ at }) => at).toSorted()).toEqual(listed.toSorted());

    const calls = new Map<string, Json>();
    for (const { key, usage } of unread) if (Number(usage['output_tokens']) > Number(calls.get(key)?.['output_tokens'] ?? -1)) calls.set(key, usage);
    const { totals } = await daemon.get<{ totals: Json }>('/api/metrics/aggregate');
    const rest = Object.keys(CCUSAGE).map((name) => [name, [...calls.values()].reduce((left, usage) => left - Number(usage[name] ?? 0), Number(totals[name]))]);
    expect(Object.fromEntries(rest)).toEqual(CCUSAGE);
  });
});

/** By means 3 and 4: what results say of an agent, else what progress says; several where an agent was resumed. */
function toldLinks(lake: PlainLake): Map<string, Set<string>> {
  const means: [Map<string, Set<string>>, Map<string, Set<string>>] = [new Map(), new Map()];
  const tell = (rank: 0 | 1, session: string, agent: unknown, tool: unknown): void => {
    if (typeof agent !== 'string' || typeof tool !== 'string') return;
    const key = `${session} ${agent}`;
    means[rank].set(key, (means[rank].get(key) ?? new Set()).add(tool));
  };
  for (const { session, value } of lake.records) {
    const content = (value['message'] as { content?: unknown } | undefined)?.content;
    const results = (Array.isArray(content) ? (content as { type?: string; tool_use_id?: string }[]) : []).filter((block) => block.type === 'tool_result');
    const result = value['toolUseResult'] as { agentId?: string } | undefined;
    if (value['type'] === 'user' && results.length === 1) tell(0, session, result?.agentId, results[0]?.tool_use_id);
    const data = value['data'] as { type?: string; agentId?: string } | undefined;
    if (data?.type === 'agent_progress') tell(1, session, data.agentId, value['parentToolUseID']);
  }
  return new Map([...means[1], ...means[0]]);
}

type Block = { type?: string; id?: string; tool_use_id?: string; text?: string; name?: string; input?: { prompt?: string } };

/** The call that began an agent's run, else the one call whose prompt is the agent's first, word for word; null where there is none. */
function inferredLink(lake: PlainLake, session: string, agent: string): string | null {
  const own = lake.records.filter((record) => record.session === session);
  const blocksOf = ({ value }: PlainLake['records'][number]): Block[] => {
    const content = (value['message'] as { content?: unknown } | undefined)?.content;
    return typeof content === 'string' ? [{ type: 'text', text: content }] : Array.isArray(content) ? (content as Block[]) : [];
  };
  const lines = own.filter(({ agent: of, value }) => of === agent || value['uuid'] === agent.replace(/^inline-/, ''));
  const run = /\/subagents\/workflows\/([^/]+)\//.exec(lines[0]?.line.path ?? '')?.[1];
  const began = own.find(({ value }) => run !== undefined && (value['toolUseResult'] as { runId?: string } | undefined)?.runId === run);
  if (began !== undefined) return blocksOf(began)[0]?.tool_use_id ?? null;
  const first = lines.find(({ value }) => value['type'] === 'user' && (value['parentUuid'] ?? null) === null);
  const [prompt, more] = first === undefined ? [] : blocksOf(first);
  if (prompt?.text === undefined || more !== undefined) return null;
  const calls = own.flatMap(blocksOf).filter(({ name, input }) => (name === 'Task' || name === 'Agent') && input?.prompt === prompt.text);
  return new Set(calls.map(({ id }) => id)).size === 1 ? (calls[0]?.id ?? null) : null;
}

/** What ccusage 20.0.24 says of the corpus (docs/ledger.md). */
const CCUSAGE = { input_tokens: 65_865, output_tokens: 265_809, cache_creation_input_tokens: 2_986_274, cache_read_input_tokens: 46_679_708 };

/** A line's claim to a model call, and whether ccusage cannot read it: spaces in its JSON, or microseconds. */
function claimOf({ path, number, bytes, values }: PlainLake['files'][number]['lines'][number]): { at: string; key: string; usage: Json; unread: boolean }[] {
  const message = values[0]?.['message'] as Json | undefined;
  const usage = message?.['usage'] as Json | undefined;
  if (values[0]?.['type'] !== 'assistant' || usage === undefined || message?.['model'] === '<synthetic>') return [];
  const unread = /^\{"[^"]+": /.test(bytes.toString('latin1')) || /\.\d{4,}Z$/.test(String(values[0]['timestamp']));
  return [{ at: `${path}:${number}`, key: `${String(message?.['id'])}/${String(values[0]['requestId'])}`, usage, unread }];
}
