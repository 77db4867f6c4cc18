// GET /api/events against a plain recount: every filter, both orders, pages that stay the same while data
// arrives; and what every list has beside its JSON.

import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { userLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { plainLake } from './support/plain.ts';
import type { PlainLake, PlainRecord } from './support/plain.ts';
import { expectShape, PROBLEM, RECORD } from './support/shapes.ts';

type Json = Record<string, unknown>;
interface Event extends Json {
  offset: string;
  file_id: string;
  byte_offset: number;
  ts: string | null;
}

describe('events', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let plain: PlainLake;
  let paths: Map<string, string>;

  beforeAll(async () => {
    await generateLake({ dir: workspace.root, seed: 55, targetBytes: 2e6, malformedRate: 0.03, days: 40 });
    writeFileSync(join(workspace.root, 'undated.jsonl'), '{"type":"summary","summary":"no time","leafUuid":"x"}\n');
    plain = plainLake(workspace.root);
    daemon = await workspace.start(['--no-archive', '--log-level', 'warn']);
    await daemon.caughtUp();
    const files = await daemon.all<{ id: string; path: string }>('/api/files?limit=1000');
    paths = new Map(files.map((file) => [file.id, file.path.slice(workspace.root.length + 1)]));
  });
  afterAll(() => workspace.remove());

  const placeOf = (event: Event): string => `${paths.get(event.file_id) ?? event.file_id}@${event.byte_offset}`;
  const expected = (which: (record: PlainRecord) => boolean): string[] => plain.records.filter((record) => !record.repeated && which(record)).map(({ line }) => `${line.path}@${line.start}`).toSorted();
  const timeOf = (event: Event): number => (event.ts === null ? -1 : Date.parse(event.ts));

  async function expectEvents(query: string, which: (record: PlainRecord) => boolean): Promise<Event[]> {
    const events = await daemon.all<Event>(`/api/events?limit=300&content=none&${query}`);
    // Records that share a line have places of their own, which the recount does not know.
    const glued = new Set(plain.records.filter(({ line }) => line.values.length > 1).map(({ line }) => line.path));
    const isPlain = (place: string): boolean => !glued.has(place.slice(0, place.lastIndexOf('@')));
    expect([query, events.map(placeOf).filter(isPlain).toSorted()]).toEqual([query, expected(which).filter(isPlain)]);
    return events;
  }

  it('are all records, the newest first, those without a time last', async () => {
    const events = await expectEvents('', () => true);
    expect(events.length).toBeGreaterThan(500);
    for (const [i, event] of events.slice(1).entries()) {
      const before = events[i] as Event;
      expect(timeOf(before) - timeOf(event) || Number(before.offset) - Number(event.offset)).toBeGreaterThan(0);
    }
    expect(events.at(-1)).toMatchObject({ ts: null });
    const oldestFirst = await expectEvents('order=asc', () => true);
    expect(oldestFirst.map((event) => event.offset)).toEqual(events.map((event) => event.offset).toReversed());
  });

  it('have their text, or what was asked for', async () => {
    const { items } = await daemon.get<{ items: Event[] }>('/api/events?limit=20&content=raw&type=user');
    for (const item of items) {
      const { raw, ...record } = item;
      expectShape(record, RECORD);
      const line = plain.records.find((candidate) => `${candidate.line.path}@${candidate.line.start}` === placeOf(item))?.line;
      expect(raw).toBe(line?.bytes.toString('utf8'));
      expect(typeof item['text']).toBe('string');
    }
    expect(items).toHaveLength(20);
  });

  it('of what filters name', async () => {
    const { session, project } = plain.records.find((record) => record.agent === null && record.uuid !== null) as PlainRecord;
    await expectEvents(`session=${session}`, (record) => record.session === session);
    await expectEvents(`project=${project}`, (record) => record.project === project);
    await expectEvents('source=claude-code', () => true);
    await expectEvents('source=codex', () => false);
    await expectEvents('session=none', () => false);
    await expectEvents('type=user,system', (record) => record.type === 'user' || record.type === 'system');
    await expectEvents('role=assistant', (record) => record.role === 'assistant');
    await expectEvents('tool=Bash&tool=Read', (record) => blocksOf(record).some((block) => block['type'] === 'tool_use' && (block['name'] === 'Bash' || block['name'] === 'Read')));
    const failed = await expectEvents('is_error=true', isError);
    expect(failed.length).toBeGreaterThan(0);
    await expectEvents('is_error=false', (record) => !isError(record));
    const times = plain.records.map((record) => record.ms).filter((ms) => !Number.isNaN(ms)).toSorted((a, b) => a - b);
    const [since, until] = [times[Math.floor(times.length / 3)] as number, times[Math.floor(times.length / 2)] as number];
    await expectEvents(`since=${new Date(since).toISOString()}&until=${new Date(until).toISOString()}`, (record) => record.ms >= since && record.ms < until);
  });

  it('come once each, whatever arrives while somebody pages', async () => {
    const all = (await daemon.all<Event>('/api/events?limit=500&content=none')).map((event) => event.offset);
    const paged: string[] = [];
    let cursor: string | null = null;
    for (let n = 0; cursor !== null || n === 0; n++) {
      const page: { items: Event[]; next_cursor: string | null } = await daemon.get(`/api/events?limit=97&content=none${cursor === null ? '' : `&cursor=${cursor}`}`);
      paged.push(...page.items.map((event) => event.offset));
      cursor = page.next_cursor;
      // Times before and after everything else.
      appendFileSync(join(workspace.root, 'late.jsonl'), `${userLine({ session: 'late', n: n * 2, extra: { timestamp: '2001-01-01T00:00:00.000Z' } })}\n${userLine({ session: 'late', n: n * 2 + 1, extra: { timestamp: '2031-01-01T00:00:00.000Z' } })}\n`);
      await daemon.caughtUp();
    }
    expect(paged).toEqual(all);
    expect((await daemon.all<Event>('/api/events?session=late')).length).toBeGreaterThan(10);
  });

  it('refuse what they cannot read', async () => {
    const { next_cursor: cursor } = await daemon.get<{ next_cursor: string }>('/api/events?limit=1');
    const wrong: [string, string][] = [
      ['limit=1001', 'limit'], ['limit=0', 'limit'], ['is_error=yes', 'is_error'], ['since=yesterday', 'since'], ['order=up', 'order'], ['nothing=1', 'nothing'],
      [`cursor=${cursor}&order=asc`, 'cursor'], [`cursor=${cursor}&type=user`, 'cursor'], [`cursor=${cursor}x`, 'cursor'], ['cursor=x', 'cursor'],
    ];
    for (const [query, parameter] of wrong) {
      const response = await daemon.fetch(`/api/events?${query}`);
      const problem = (await response.json()) as Json;
      expect([query, response.status, problem['parameter']]).toEqual([query, 400, parameter]);
      expectShape(problem, PROBLEM);
    }
  });

  it('that are long fill their pages, and none is missed between two', async () => {
    const count = 150;
    const lines = Array.from({ length: count }, (_, n) => userLine({ session: 'wide', n, text: `${n} ${'words '.repeat(17_000)}` }));
    writeFileSync(join(workspace.root, 'wide.jsonl'), `${lines.join('\n')}\n`);
    await daemon.caughtUp();
    // 150 lines of 100 KB are 15 MB.
    const page = await daemon.get<{ items: Json[]; has_more: boolean }>('/api/sessions/wide/messages?limit=145');
    expect([page.items.length, page.has_more]).toEqual([145, true]);
    for (const path of ['/api/sessions/wide/messages?limit=1000', '/api/events?session=wide&order=asc&limit=1000&content=raw']) {
      const pages: number[] = [];
      const seen: unknown[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const response = await daemon.fetch(`${path}${cursor === '' ? '' : `&cursor=${cursor}`}`);
        const body = await response.text();
        pages.push(Buffer.byteLength(body));
        const { items, next_cursor } = JSON.parse(body) as { items: Json[]; next_cursor: string | null };
        seen.push(...items.map((item) => item['uuid']));
        cursor = next_cursor;
      }
      expect(seen).toEqual(lines.map((line) => (JSON.parse(line) as Json)['uuid']));
      expect(Math.max(...pages)).toBeLessThan(16 * 1024 * 1024);
      expect(Math.min(...pages.slice(0, -1), Number.POSITIVE_INFINITY)).toBeGreaterThan(14 * 1024 * 1024);
    }
  });

  it('that are longer than a page are shown as far as they fit', async () => {
    const lines = [0, 1, 2, 3].map((n) => userLine({ session: 'long', n, text: `${n} ${'é"\\'.repeat(n === 3 ? 8_000_000 : 1_000_000)}` }));
    appendFileSync(join(workspace.root, 'long.jsonl'), `${lines.join('\n')}\n`);
    await daemon.caughtUp();
    const sizes: number[] = [];
    const seen: Json[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const response = await daemon.fetch(`/api/events?session=long&order=asc&content=raw${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const body = await response.text();
      sizes.push(Buffer.byteLength(body));
      const page = JSON.parse(body) as { items: Json[]; next_cursor: string | null };
      seen.push(...page.items);
      cursor = page.next_cursor;
    }
    expect(Math.max(...sizes)).toBeLessThan(16 * 1024 * 1024);
    expect(seen.map((event) => event['truncated'])).toEqual([true, true, true, true]);
    expect((await daemon.get<{ items: Json[] }>('/api/events?session=long&order=asc&limit=1')).items[0]).toMatchObject({ text: JSON.parse(lines[0] as string).message.content });
  });
});

describe('lists', () => {
  const workspace = new Workspace();
  let daemon: Daemon;

  beforeAll(async () => {
    await generateLake({ dir: workspace.root, seed: 5, targetBytes: 3e5, days: 5 });
    daemon = await workspace.start(['--no-archive', '--log-level', 'warn']);
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  it('name their next page in a Link header', async () => {
    const all = (await daemon.all('/api/events?limit=1000&content=none&source=claude-code')).map((event) => event['offset']);
    const linked: unknown[] = [];
    for (let path: string | undefined = '/api/events?limit=60&content=none&source=claude-code'; path !== undefined; ) {
      const response: Response = await daemon.fetch(path);
      linked.push(...((await response.json()) as { items: Json[] }).items.map((event) => event['offset']));
      const link = response.headers.get('link');
      path = link === null ? undefined : /^<([^>]+)>; rel="next"$/.exec(link)?.[1];
    }
    expect(linked).toEqual(all);
    const { id } = (await daemon.get<{ items: { id: string }[] }>('/api/sessions?limit=1')).items[0] as { id: string };
    const link = (await daemon.fetch(`/api/sessions/${id}/messages?offset=1&limit=1`)).headers.get('link');
    expect(link).not.toContain('offset=');
    const first = await daemon.get<{ items: Json[] }>(`/api/sessions/${id}/messages?offset=2&limit=1`);
    expect(await daemon.get(/<([^>]+)>/.exec(link ?? '')?.[1] ?? '')).toMatchObject({ items: first.items });
  });

  it('are NDJSON for who accepts it, also when they were kept', async () => {
    for (const path of ['/api/projects', '/api/sessions?limit=2', '/api/files', '/api/rejects', '/api/events?limit=5', '/api/archive', '/api/metrics/aggregate?group_by=model', '/api/metrics/series', '/api/prices']) {
      const json = await daemon.fetch(path);
      const page = (await json.json()) as { items: Json[]; has_more: boolean; next_cursor: string | null };
      for (const accept of ['application/x-ndjson', 'application/x-ndjson, application/json;q=0.5']) {
        const response = await daemon.fetch(path, { headers: { accept } });
        expect(response.headers.get('content-type')).toBe('application/x-ndjson');
        expect([json, response].map(({ headers }) => headers.get('vary')?.split(', ').includes('accept'))).toEqual([true, true]);
        expect(response.headers.get('link')).toBe(json.headers.get('link'));
        const text = await response.text();
        const lines = text.trimEnd().split('\n');
        const end = JSON.parse(lines.pop() as string) as Json;
        expect(lines.map((line) => JSON.parse(line) as Json)).toEqual(page.items);
        const { items, has_more = false, next_cursor = null, ...rest } = page;
        expect(end).toEqual({ type: 'end', rows: items.length, has_more, next_cursor, ...rest, sha256: createHash('sha256').update(lines.map((line) => `${line}\n`).join('')).digest('hex') });
      }
      for (const accept of ['application/json', '*/*', 'application/json, application/x-ndjson;q=0.5', 'application/x-ndjson;q=0']) {
        expect((await daemon.fetch(path, { headers: { accept } })).headers.get('content-type')).toMatch(/^application\/json/);
      }
    }
    const etagOf = async (accept: string): Promise<string> => (await daemon.fetch('/api/projects', { headers: { accept } })).headers.get('etag') ?? '';
    const tags = [await etagOf('application/json'), await etagOf('application/x-ndjson')] as const;
    const status = async (accept: string, tag: string): Promise<number> => (await daemon.fetch('/api/projects', { headers: { accept, 'if-none-match': tag } })).status;
    expect([await status('application/json', tags[0]), await status('application/x-ndjson', tags[1])]).toEqual([304, 304]);
    // A cache that keeps one form must not be told that it is the other.
    expect([await status('application/json', tags[1]), await status('application/x-ndjson', tags[0])]).toEqual([200, 200]);
    expect((await daemon.fetch('/api/events?limit=0', { headers: { accept: 'application/x-ndjson' } })).headers.get('content-type')).toBe('application/problem+json');
  });
});

function blocksOf({ value }: PlainRecord): Json[] {
  const content = (value['message'] as Json | undefined)?.['content'];
  return Array.isArray(content) ? (content as Json[]) : [];
}

function isError(record: PlainRecord): boolean {
  return record.value['isApiErrorMessage'] === true || blocksOf(record).some((block) => block['type'] === 'tool_result' && block['is_error'] === true);
}
