// A session whose thread goes on in another file: it reads from its beginning to its end, whichever of its files was
// read first, page by page in either direction, and as a transcript.

import { appendFileSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { until } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { workspaceMaker } from '../support/workspaces.ts';

const SESSION = 'dddddddd-0000-4000-8000-000000000001';
const SPOKEN = ['prompt 10', 'answer 11', 'prompt 20', 'answer 21'];

/** Last written as its number says. */
function write(path: string, n: number, lines: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  utimesSync(path, 1_790_000_000 + n, 1_790_000_000 + n);
}

const turn = (n: number, extra: Record<string, unknown> = {}): string[] => [userLine({ session: SESSION, n, extra }), assistantLine({ session: SESSION, n: n + 1, extra })];

const textsOf = async (daemon: Daemon, query: string): Promise<(string | null)[]> =>
  (await daemon.all<{ text: string | null }>(`/api/sessions/${SESSION}/messages?limit=1&${query}`)).map(({ text }) => text);

describe('a session in two files', () => {
  const workspace = workspaceMaker();

  it('is told in order of time where the later one was read first', async () => {
    const place = workspace();
    const side = { isSidechain: true, agentId: 'a1' };
    write(join(place.root, '-p', `${SESSION}.jsonl`), 1, turn(10));
    write(join(place.root, '-q', `${SESSION}.jsonl`), 2, turn(20));
    write(join(place.root, '-p', SESSION, 'subagents', 'agent-a1.jsonl'), 3, turn(12, side));
    write(join(place.root, '-q', SESSION, 'subagents', 'agent-a1.jsonl'), 4, turn(22, side));
    const daemon = await place.start(['--no-archive']);
    await daemon.caughtUp();
    expect(await textsOf(daemon, 'order=asc')).toEqual(SPOKEN);
    expect(await textsOf(daemon, 'order=desc')).toEqual(SPOKEN.toReversed());
    expect(await textsOf(daemon, 'agent=a1')).toEqual(['prompt 12', 'answer 13', 'prompt 22', 'answer 23']);
    const transcript = await daemon.text(`/api/export?format=markdown&session=${SESSION}`);
    const places = SPOKEN.map((text) => transcript.lastIndexOf(text));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('keeps the order of its file where it has one alone, whatever its times', async () => {
    const place = workspace();
    write(join(place.root, '-p', `${SESSION}.jsonl`), 1, [...turn(20), ...turn(10)]);
    const daemon = await place.start(['--no-archive']);
    await daemon.caughtUp();
    expect(await textsOf(daemon, 'order=asc')).toEqual(['prompt 20', 'answer 21', 'prompt 10', 'answer 11']);
  });

  it('is paged in the order of the first page where it goes on in another file meanwhile', async () => {
    const place = workspace();
    write(join(place.root, '-p', `${SESSION}.jsonl`), 1, [...turn(20), ...turn(10)]);
    const daemon = await place.start(['--no-archive']);
    await daemon.caughtUp();
    const page = (order: string, rest: string): Promise<{ items: { text: string | null }[]; next_cursor: string }> => daemon.get(`/api/sessions/${SESSION}/messages?order=${order}&${rest}`);
    const first = { asc: await page('asc', 'limit=2'), desc: await page('desc', 'limit=2') };
    write(join(place.root, '-q', `${SESSION}.jsonl`), 2, turn(30));
    await until(async () => (await textsOf(daemon, 'order=asc')).length === 6);
    const walk = async (order: 'asc' | 'desc'): Promise<(string | null)[]> => {
      const rest = await page(order, `cursor=${encodeURIComponent(first[order].next_cursor)}`);
      return [...first[order].items, ...rest.items].map(({ text }) => text);
    };
    expect(await walk('asc')).toEqual(['prompt 20', 'answer 21', 'prompt 10', 'answer 11', 'prompt 30', 'answer 31']);
    expect(await walk('desc')).toEqual(['answer 11', 'prompt 10', 'answer 21', 'prompt 20']);
  });

  it('is told of with the files and rejects of either project as they are', async () => {
    const place = workspace();
    const other = join(place.root, '-q', `${SESSION}.jsonl`);
    write(join(place.root, '-p', `${SESSION}.jsonl`), 1, turn(10));
    write(other, 2, turn(20));
    const daemon = await place.start(['--no-archive']);
    await daemon.caughtUp();
    const told = async (project: string): Promise<[offsets: number[], rejects: number]> => {
      const files = await daemon.all<{ offset: number }>(`/api/files?project=${project}`);
      return [files.map(({ offset }) => offset), (await daemon.all(`/api/rejects?project=${project}`)).length];
    };
    const projects = ['-p', '-q'];
    const before = await Promise.all(projects.map(told));
    expect(before.map(([, rejects]) => rejects)).toEqual([0, 0]);
    for (const project of projects) {
      const path = join(place.root, project, `${SESSION}.jsonl`);
      appendFileSync(path, `${userLine({ session: SESSION, n: 30, text: project })}\nno JSON\n`);
      await until(async () => (await daemon.all<{ path: string; offset: number }>('/api/files')).some((file) => file.path === path && file.offset === statSync(path).size));
    }
    const sizeIn = (project: string): number => statSync(join(place.root, project, `${SESSION}.jsonl`)).size;
    expect(await Promise.all(projects.map(told))).toEqual(projects.map((project) => [[sizeIn(project)], 1]));
  });
});
