// Logs that were written anew before anything of them was archived: what they repeat can still be read.

import { appendFileSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { until } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { workspaceMaker } from '../support/workspaces.ts';
import { archiveAll } from './support/archive.ts';

type Json = Record<string, unknown>;
const textsOf = async (daemon: Daemon, session: string): Promise<unknown[]> => (await daemon.all<Json>(`/api/sessions/${session}/messages?limit=1000`)).map(({ text }) => text);

/** What each view of a session shows of its texts. */
async function views(daemon: Daemon, session: string, word: string): Promise<Json> {
  const exported = (await daemon.text(`/api/export?format=ndjson&content=text&session=${session}`)).trimEnd().split('\n').slice(0, -1).map((line) => JSON.parse(line) as Json);
  return {
    messages: await textsOf(daemon, session),
    timeline: (await daemon.all<Json>(`/api/sessions/${session}/timeline`)).filter(({ type }) => type !== 'title').map(({ text }) => text),
    exchanges: (await daemon.all<Json>(`/api/sessions/${session}/exchanges`)).map(({ prompt, answer }) => [prompt, answer]),
    exported: exported.filter(({ role }) => role !== null).map(({ text }) => text),
    found: (await daemon.all<Json>(`/api/search?q=${word}&session=${session}`)).length,
  };
}

describe('a log that was written anew', () => {
  const workspace = workspaceMaker();

  it('in its first line alone has its texts, and the newest title', async () => {
    const made = workspace();
    const root = join(made.dir, 'omp');
    const id = '91000000-0000-4000-8000-000000000001';
    const path = join(root, '--home-ada-engine--', `2026-10-05T08-00-00-000Z_${id}.jsonl`);
    const title = (text: string, seconds: number): string => `${JSON.stringify({ type: 'title', v: 1, title: text, source: 'auto', updatedAt: `2026-10-05T08:00:0${seconds}.000Z`, pad: ' '.repeat(60 - text.length) })}\n`;
    const entry = (n: number, message: object): string => `${JSON.stringify({ type: 'message', id: `00abc00${n}`, parentId: null, timestamp: `2026-10-05T08:00:0${n}.000Z`, message: { timestamp: 1_791_187_200_000 + n * 1000, ...message } })}\n`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${title('Gears', 0)}${JSON.stringify({ type: 'session', version: 3, id, timestamp: '2026-10-05T08:00:00.000Z', cwd: '/home/ada/engine' })}\n${entry(1, { role: 'user', content: 'Oil the wheels' })}`);
    appendFileSync(path, entry(2, { role: 'assistant', content: [{ type: 'text', text: 'The wheels turn' }], model: 'claude-opus-4-5', usage: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 } }));
    const daemon = await made.start(['--root', `pi=${root}`, '--no-archive', '--sweep-seconds', '1']);
    await daemon.caughtUp();
    const before = await views(daemon, id, 'wheels');
    expect(before).toMatchObject({ messages: ['Oil the wheels', 'The wheels turn'], found: 2 });
    const fd = openSync(path, 'r+');
    writeSync(fd, title('All about oil', 5));
    closeSync(fd);
    await until(async () => (await daemon.get<Json>(`/api/sessions/${id}`))['title'] === 'All about oil');
    await daemon.caughtUp();
    expect(await views(daemon, id, 'wheels')).toEqual(before);
    expect(await daemon.get(`/api/sessions/${id}`)).toMatchObject({ message_count: 2, usage: { output_tokens: 2 } });
    expect((await daemon.all<Json>('/api/files')).map(({ state }) => state).toSorted()).toEqual(['present', 'replaced']);
    // Then only the archive has what repeats them.
    await archiveAll(daemon);
    renameSync(path, `${path}.away`);
    await until(async () => (await daemon.all<Json>('/api/files')).every(({ state }) => state !== 'present'));
    expect(await views(daemon, id, 'wheels')).toEqual(before);
  }, 60_000);

  it('without some of its lines has the others, and not what stands in their place', async () => {
    const made = workspace();
    const path = join(made.root, '-home-ada', 's1.jsonl');
    mkdirSync(dirname(path), { recursive: true });
    const lines = [userLine({ session: 's1', n: 1, text: 'first wheel' }), assistantLine({ session: 's1', n: 2 }), userLine({ session: 's1', n: 3, text: 'second wheel' }), userLine({ session: 's1', n: 4, text: 'a long prompt' })];
    writeFileSync(path, `${lines.join('\n')}\n`);
    const daemon = await made.start(['--no-archive', '--sweep-seconds', '1']);
    await daemon.caughtUp();
    const [first, , third] = await textsOf(daemon, 's1');
    expect([first, third]).toEqual(['first wheel', 'second wheel']);
    writeFileSync(`${path}.new`, `${[lines[2], userLine({ session: 's1', n: 4, text: 'cut' })].join('\n')}\n`);
    renameSync(`${path}.new`, path);
    await until(async () => (await daemon.all<Json>('/api/files')).length === 2);
    await daemon.caughtUp();
    expect(await textsOf(daemon, 's1')).toEqual([null, null, 'second wheel', null]);
  }, 60_000);

  it('has its texts again as soon as another log repeats its lines, though somebody asked for them in between', async () => {
    const made = workspace();
    const path = join(made.root, '-home-ada', 's1.jsonl');
    mkdirSync(dirname(path), { recursive: true });
    const lines = `${userLine({ session: 's1', n: 1, text: 'first wheel' })}\n${userLine({ session: 's1', n: 2, text: 'second wheel' })}\n`;
    writeFileSync(path, lines);
    const daemon = await made.start(['--no-archive', '--sweep-seconds', '1']);
    await daemon.caughtUp();
    writeFileSync(path, `${userLine({ session: 's1', n: 9, text: 'third' })}\n`);
    await until(async () => (await textsOf(daemon, 's1')).length === 3);
    expect(await textsOf(daemon, 's1')).toEqual([null, null, 'third']);
    writeFileSync(join(made.root, '-home-ada', 's1-copy.jsonl'), lines);
    await until(async () => (await daemon.all<Json>('/api/files')).length === 3);
    await daemon.caughtUp();
    expect(await textsOf(daemon, 's1')).toEqual(['first wheel', 'second wheel', 'third']);
  }, 60_000);
});
