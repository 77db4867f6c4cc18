// What happens to files, through the contract: each way in which a file may behave.
// The daemon of most cases sweeps only once an hour, so that nothing is found late by chance: what it
// sees it sees by hints. What is missing on a machine (another user, links, a case it cannot provoke)
// is skipped with a message.

import {
  appendFileSync, chmodSync, closeSync, copyFileSync, existsSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync, writeSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assistantLine, userLine, uuidOf } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { completeBytes, expectIndexed, fileAt, filesAt, recordsOf, rejectsOf } from '../support/indexed-files.ts';
import { giveAway, unprivileged } from '../support/unprivileged.ts';
import { workspaceMaker } from '../support/workspaces.ts';
import { archiveAll } from './support/archive.ts';
import { oddFile } from './support/odd-lines.ts';

/** Hints alone, and as many questions as a test likes. */
const HINTED = ['--sweep-seconds', '3600', '--rate-limit', '0', '--no-archive', '--log-level', 'error'];

interface Problem {
  code: string;
  path: string | null;
  message: string;
}

interface Status {
  top: string;
  files: number;
  bytes_total: number;
  bytes_indexed: number;
  lines: number;
  rejects: number;
  caught_up: boolean;
  problems: Problem[];
}

const status = (daemon: Daemon): Promise<Status> => daemon.get<Status>('/api/status');
const problem = async (daemon: Daemon, code: string, path: string): Promise<Problem | undefined> => (await status(daemon)).problems.find((one) => one.code === code && one.path === path);

let cases = 0;

/** A project and a session of its own in the folder of a workspace. */
class Place {
  readonly project: string;
  readonly session: string;
  readonly dir: string;
  private n = 0;

  constructor(workspace: Workspace) {
    cases += 1;
    this.project = `case-${cases}`;
    this.session = uuidOf(this.project);
    this.dir = join(workspace.root, this.project);
    mkdirSync(this.dir, { recursive: true });
  }

  path(name = this.session): string {
    return join(this.dir, `${name}.jsonl`);
  }

  line(text?: string): string {
    const n = this.n++;
    return userLine({ session: this.session, n, ...(text === undefined ? {} : { text }) });
  }

  lines(count: number): string {
    return Array.from({ length: count }, () => `${this.line()}\n`).join('');
  }
}

describe('a file that changes while the daemon watches', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let place: Place;
  beforeAll(async () => {
    daemon = await workspace.start(HINTED);
  });
  afterAll(() => workspace.remove());
  const start = (lines = 3): string => {
    place = new Place(workspace);
    writeFileSync(place.path(), place.lines(lines));
    return place.path();
  };

  it('keeps back a last line without newline, even if it parses, until the newline comes', async () => {
    const path = start();
    const file = await expectIndexed(daemon, path);
    const line = place.line();
    appendFileSync(path, line);
    await fileAt(daemon, path, { size: file.size + line.length, lag_bytes: line.length, offset: file.offset });
    // Another file's line passes it.
    const other = place.path('other');
    writeFileSync(other, place.lines(1));
    await expectIndexed(daemon, other);
    expect(await recordsOf(daemon, place.project)).toHaveLength(4);
    appendFileSync(path, '\n');
    expect(await expectIndexed(daemon, path)).toMatchObject({ id: file.id, lines: 4 });
  });

  it('puts a character back together that came in two pieces', async () => {
    const path = start(1);
    const line = Buffer.from(`${place.line('żółć 🚀 你好')}\n`);
    const rocket = line.indexOf(Buffer.from('🚀'));
    const before = statSync(path).size;
    for (const [from, to] of [[0, rocket + 1], [rocket + 1, rocket + 3], [rocket + 3, line.length]] as const) {
      appendFileSync(path, line.subarray(from, to));
      await fileAt(daemon, path, { size: before + to });
    }
    await expectIndexed(daemon, path);
    const records = await recordsOf(daemon, place.project);
    expect(records.at(-1)).toMatchObject({ text: 'żółć 🚀 你好', raw: line.toString().trimEnd() });
  });

  it('begins a new generation when it was cut', async () => {
    const path = start(5);
    const first = await expectIndexed(daemon, path);
    truncateSync(path, 0);
    await fileAt(daemon, path, { offset: 0, size: 0, generation: 1 });
    appendFileSync(path, place.lines(2));
    await expectIndexed(daemon, path, { generation: 1 });
    expect((await filesAt(daemon, path)).map(({ id, generation, state, lines }) => ({ id, generation, state, lines }))).toMatchObject([{ id: first.id, generation: 0, state: 'replaced', lines: 5 }, { generation: 1, state: 'present', lines: 2 }]);
  });

  it('begins a new generation when it was cut and then grew beyond the offset', async () => {
    const path = start(2);
    await expectIndexed(daemon, path);
    const fd = openSync(path, 'r+');
    const longer = Buffer.from(place.lines(6));
    writeSync(fd, longer, 0, longer.length, 0);
    closeSync(fd);
    await expectIndexed(daemon, path, { generation: 1 });
    expect(await recordsOf(daemon, place.project)).toHaveLength(8);
  });

  it('begins a new generation when it was rewritten in place, of the same size', async () => {
    const path = start(4);
    const first = await expectIndexed(daemon, path);
    const other = readFileSync(path, 'utf8').replaceAll('"uuid":"', '"uuid":"0').replaceAll(/"uuid":"0([0-9a-f-]{35})./g, '"uuid":"0$1').replaceAll('prompt', 'PROMPT');
    expect(other).toHaveLength(first.size);
    const fd = openSync(path, 'r+');
    writeSync(fd, other, 0);
    closeSync(fd);
    const second = await expectIndexed(daemon, path, { generation: 1, size: first.size });
    const texts = (await recordsOf(daemon, place.project)).filter((record) => record.file_id === second.id).map((record) => record.text);
    expect(texts).toEqual(['PROMPT 0', 'PROMPT 1', 'PROMPT 2', 'PROMPT 3']);
  });

  it('is a new generation when another file was renamed over it', async () => {
    const path = start(3);
    await expectIndexed(daemon, path);
    writeFileSync(`${path}.tmp`, place.lines(5));
    renameSync(`${path}.tmp`, path);
    await expectIndexed(daemon, path, { generation: 1, lines: 5 });
    appendFileSync(path, place.lines(1));
    await expectIndexed(daemon, path, { generation: 1, lines: 6 });
  });

  it('is looked at again when its unfinished end shrank, or changed without growing', async () => {
    const path = start(1);
    const { offset } = await expectIndexed(daemon, path);
    const long = place.line('x'.repeat(5000));
    appendFileSync(path, long);
    await fileAt(daemon, path, { size: offset + long.length });
    truncateSync(path, offset);
    appendFileSync(path, `${place.line()}\n`);
    const second = await expectIndexed(daemon, path, { generation: 0, lines: 2 });
    const unfinished = `${place.line()} `;
    appendFileSync(path, unfinished);
    await fileAt(daemon, path, { size: second.size + unfinished.length });
    const fd = openSync(path, 'r+');
    writeSync(fd, '\n', second.size + unfinished.length - 1);
    closeSync(fd);
    utimesSync(path, new Date(), new Date(Date.now() + 1000));
    await expectIndexed(daemon, path, { generation: 0, lines: 3 });
  });

  it('is followed when renamed and moved, and read on under its new name', async () => {
    const path = start(4);
    const first = await expectIndexed(daemon, path);
    const other = new Place(workspace);
    renameSync(path, other.path('moved'));
    await fileAt(daemon, other.path('moved'), { id: first.id, generation: 0, offset: first.offset });
    expect(await filesAt(daemon, path)).toEqual([]);
    appendFileSync(other.path('moved'), place.lines(2));
    await expectIndexed(daemon, other.path('moved'), { id: first.id, lines: 6 });
    expect(await recordsOf(daemon, place.project)).toHaveLength(6);
  });

  it('is followed through a rotation, a swap, and onto a name that was taken', async () => {
    const path = start(2);
    const [one, two] = [path, place.path('two')];
    const first = await expectIndexed(daemon, one);
    renameSync(one, two);
    writeFileSync(one, place.lines(3));
    const second = await expectIndexed(daemon, one);
    await expectIndexed(daemon, two, { id: first.id });
    renameSync(one, place.path('aside'));
    renameSync(two, one);
    renameSync(place.path('aside'), two);
    await expectIndexed(daemon, one, { id: first.id });
    await expectIndexed(daemon, two, { id: second.id });
    appendFileSync(one, place.lines(1));
    renameSync(one, two);
    await expectIndexed(daemon, two, { id: first.id, lines: 3 });
    await until(async () => (await filesAt(daemon, one)).every((file) => file.state !== 'present'));
    expect((await filesAt(daemon, two)).map((file) => file.state).toSorted()).toEqual(['present', 'replaced']);
    expect(await recordsOf(daemon, place.project)).toHaveLength(6);
  });

  it('is moved with its folder', async () => {
    const path = start(3);
    const sub = join(place.dir, place.session, 'subagents');
    mkdirSync(sub, { recursive: true });
    writeFileSync(join(sub, 'agent-a1.jsonl'), place.lines(2));
    const first = await expectIndexed(daemon, path);
    const agent = await expectIndexed(daemon, join(sub, 'agent-a1.jsonl'));
    const moved = `${place.dir}-moved`;
    renameSync(place.dir, moved);
    await fileAt(daemon, join(moved, `${place.session}.jsonl`), { id: first.id });
    appendFileSync(join(moved, `${place.session}.jsonl`), place.lines(1));
    appendFileSync(join(moved, place.session, 'subagents', 'agent-a1.jsonl'), place.lines(1));
    await expectIndexed(daemon, join(moved, `${place.session}.jsonl`), { id: first.id, lines: 4 });
    await expectIndexed(daemon, join(moved, place.session, 'subagents', 'agent-a1.jsonl'), { id: agent.id, lines: 3 });
  });

  it('is a new file when made again after it was deleted', async () => {
    const path = start(3);
    const first = await expectIndexed(daemon, path);
    rmSync(path);
    await until(async () => (await filesAt(daemon, path))[0]?.state === 'gone');
    writeFileSync(path, place.lines(2));
    const second = await expectIndexed(daemon, path, { lines: 2 });
    expect(second.id).not.toBe(first.id);
    rmSync(path);
    writeFileSync(path, place.lines(4));
    await expectIndexed(daemon, path, { lines: 4 });
    expect(await recordsOf(daemon, place.project)).toHaveLength(9);
  });

  it('is read to its end when it was deleted at once, or made again at once, while it was open', async () => {
    const path = start(1);
    const first = await expectIndexed(daemon, path);
    appendFileSync(path, place.lines(3));
    rmSync(path);
    await until(async () => (await filesAt(daemon, path)).some((file) => file.id === first.id && file.state === 'gone' && file.lines === 4));
    const again = start(1);
    const second = await expectIndexed(daemon, again);
    appendFileSync(again, place.lines(3));
    rmSync(again);
    writeFileSync(again, place.lines(2));
    await expectIndexed(daemon, again, { lines: 2 });
    await until(async () => (await filesAt(daemon, again)).some((file) => file.id === second.id && file.lines === 4));
    expect(await recordsOf(daemon, place.project)).toHaveLength(6);
  });

  it('counts once what was copied before the file was cut', async () => {
    const path = start(6);
    await expectIndexed(daemon, path);
    copyFileSync(path, place.path('copy'));
    truncateSync(path, 0);
    appendFileSync(path, place.lines(2));
    await expectIndexed(daemon, place.path('copy'), { lines: 6 });
    await expectIndexed(daemon, path, { lines: 2, generation: 1 });
    expect(await daemon.get(`/api/sessions/${place.session}`)).toMatchObject({ message_count: 8 });
    expect(await recordsOf(daemon, place.project)).toHaveLength(14);
  });

  it('is told from another one with the same head', async () => {
    place = new Place(workspace);
    const head = place.lines(8);
    writeFileSync(place.path('one'), head + place.lines(1));
    writeFileSync(place.path('two'), head + place.lines(2));
    const one = await expectIndexed(daemon, place.path('one'), { lines: 9 });
    const two = await expectIndexed(daemon, place.path('two'), { lines: 10 });
    appendFileSync(place.path('one'), place.lines(1));
    await expectIndexed(daemon, place.path('one'), { id: one.id, lines: 10 });
    await expectIndexed(daemon, place.path('two'), { id: two.id, lines: 10 });
  });

  it('is read once under two names', async () => {
    const path = start(3);
    const first = await expectIndexed(daemon, path);
    linkSync(path, place.path('second'));
    appendFileSync(path, place.lines(1));
    await expectIndexed(daemon, path, { lines: 4 });
    rmSync(path);
    appendFileSync(place.path('second'), place.lines(1));
    await until(async () => (await recordsOf(daemon, place.project)).length === 5 || (await filesAt(daemon, path))[0]?.state === 'gone');
    expect((await recordsOf(daemon, place.project)).every((record) => record.file_id === first.id)).toBe(true);
  });

  it('is named when it is compressed, and not read', async () => {
    const path = start(2);
    await expectIndexed(daemon, path);
    for (const end of ['gz', 'zst']) {
      writeFileSync(`${path}.${end}`, 'not read');
      await until(async () => (await problem(daemon, 'compressed_file', `${path}.${end}`)) !== undefined);
      expect(await filesAt(daemon, `${path}.${end}`)).toEqual([]);
    }
  });

  it('is not read through links, neither out of the root nor in circles', async () => {
    const path = start(2);
    const outside = join(workspace.dir, 'outside');
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, 'secret.jsonl'), place.lines(1));
    symlinkSync(join(outside, 'secret.jsonl'), place.path('link'));
    symlinkSync(outside, join(place.dir, 'folder'));
    symlinkSync(place.dir, join(place.dir, 'loop'));
    symlinkSync(path, place.path('twice'));
    await expectIndexed(daemon, path);
    // A file that becomes a link is gone, also for what it leads to.
    const turned = place.path('turned');
    writeFileSync(turned, place.lines(1));
    await expectIndexed(daemon, turned);
    rmSync(turned);
    symlinkSync(join(outside, 'secret.jsonl'), turned);
    await until(async () => (await filesAt(daemon, turned))[0]?.state === 'gone');
    const paths = (await daemon.all<{ path: string; state: string }>(`/api/files?project=${place.project}`)).filter((file) => file.state === 'present').map((file) => file.path);
    expect(paths).toEqual([path]);
    expect(await recordsOf(daemon, place.project)).toHaveLength(3);
  });

  it('does not wait for a pipe or a socket with the name of a log', async () => {
    const path = start(1);
    await expectIndexed(daemon, path);
    execFileSync('mkfifo', [place.path('pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(place.path('socket'), resolve));
    rmSync(path);
    execFileSync('mkfifo', [path]);
    await until(async () => (await filesAt(daemon, path))[0]?.state === 'gone');
    // And where the file itself was not open any more.
    const other = place.path('other');
    writeFileSync(other, place.lines(1));
    await expectIndexed(daemon, other);
    expect((await daemon.all<{ path: string }>(`/api/files?project=${place.project}`)).map((file) => file.path).toSorted()).toEqual([path, other].toSorted());
    await new Promise((resolve) => server.close(resolve));
  });

  it('is found in a folder that has the name of a log', async () => {
    place = new Place(workspace);
    mkdirSync(place.path());
    const inside = join(place.path(), 'inner.jsonl');
    writeFileSync(inside, place.lines(2));
    await expectIndexed(daemon, inside, { lines: 2 });
  });

  it('keeps every line of any kind, with its exact bytes', async () => {
    place = new Place(workspace);
    const odd = oddFile(place.session);
    const path = place.path();
    // In pieces, so that odd bytes lie at the edges of reads.
    for (let at = 0; at < odd.bytes.length; at += 9973) {
      appendFileSync(path, odd.bytes.subarray(at, at + 9973));
      if (at % 3 === 0) await sleep(3);
    }
    const file = await expectIndexed(daemon, path, { lines: odd.lines.length, rejects: odd.rejects.size });
    expect(file.offset).toBe(completeBytes(odd.bytes));
    expect(new Map((await rejectsOf(daemon, file)).map((reject) => [reject.line, reject.reason]))).toEqual(odd.rejects);
    const exported = await daemon.bytes(`/api/export?format=jsonl&project=${place.project}`);
    expect(exported.equals(odd.bytes.subarray(0, file.offset))).toBe(true);
    expect(file.lag_bytes).toBe(odd.tail.length);
  });

  it('counts the tokens of JSON with spaces', async () => {
    place = new Place(workspace);
    const line = assistantLine({ session: place.session, n: 0, output: 77 }).replaceAll('":', '" : ').replaceAll(',"', ' , "');
    writeFileSync(place.path(), `${line}\n`);
    await expectIndexed(daemon, place.path());
    expect(await daemon.get(`/api/sessions/${place.session}`)).toMatchObject({ usage: { output_tokens: 77, input_tokens: 3 } });
  });
});

describe('folders that come and go', () => {
  const newWorkspace = workspaceMaker();

  it('are seen when they are made and written in one go, many at once', async () => {
    const workspace = newWorkspace();
    const daemon = await workspace.start(HINTED);
    const places: Place[] = [];
    for (let i = 0; i < 150; i++) {
      const place = new Place(workspace);
      const agents = join(place.dir, place.session, 'subagents');
      mkdirSync(agents, { recursive: true });
      writeFileSync(place.path(), place.lines(2));
      writeFileSync(join(agents, 'agent-a.jsonl'), place.lines(2));
      places.push(place);
      if (i % 10 === 0) await sleep(1);
    }
    await until(async () => (await status(daemon)).lines === 600);
    // And they are watched from now on.
    for (const place of places) {
      appendFileSync(place.path(), place.lines(1));
      appendFileSync(join(place.dir, place.session, 'subagents', 'agent-a.jsonl'), place.lines(1));
    }
    await until(async () => (await status(daemon)).lines === 900);
    expect(await status(daemon)).toMatchObject({ files: 300, top: '900', rejects: 0 });
  });

  it('are watched again when they are deleted and made again at once', async () => {
    const workspace = newWorkspace();
    const daemon = await workspace.start(HINTED);
    const place = new Place(workspace);
    writeFileSync(place.path(), place.lines(1));
    await expectIndexed(daemon, place.path());
    for (let round = 1; round <= 5; round++) {
      rmSync(place.dir, { recursive: true });
      mkdirSync(place.dir);
      writeFileSync(place.path(`round-${round}`), place.lines(1));
      await expectIndexed(daemon, place.path(`round-${round}`));
      appendFileSync(place.path(`round-${round}`), place.lines(1));
      await expectIndexed(daemon, place.path(`round-${round}`), { lines: 2 });
    }
    rmSync(place.dir, { recursive: true });
    await until(async () => (await daemon.all<{ state: string }>('/api/files')).every((file) => file.state === 'gone'));
    expect(await recordsOf(daemon, place.project)).toHaveLength(11);
  });

  it('are waited for when they are the root itself, also with the folders above it, and when it is made anew', async () => {
    const workspace = newWorkspace();
    const root = join(workspace.dir, 'far', 'away', 'projects');
    const daemon = await workspace.start([...HINTED, '--root', root]);
    await until(async () => (await status(daemon)).caught_up);
    expect(await daemon.get('/api/status')).toMatchObject({ files: 0, caught_up: true, roots: [{ path: root, exists: false }] });
    let lines = 0;
    for (let round = 0; round < 3; round++) {
      const dir = join(root, 'p');
      mkdirSync(dir, { recursive: true });
      const session = uuidOf(`root ${round}`);
      writeFileSync(join(dir, `${session}.jsonl`), `${userLine({ session, n: 0 })}\n`);
      lines += 1;
      await until(async () => (await status(daemon)).lines === lines);
      appendFileSync(join(dir, `${session}.jsonl`), `${userLine({ session, n: 1 })}\n`);
      lines += 1;
      await until(async () => (await status(daemon)).lines === lines);
      rmSync(round === 1 ? root : join(workspace.dir, 'far'), { recursive: true });
      await until(async () => (await daemon.all<{ state: string }>('/api/files')).every((file) => file.state === 'gone'));
    }
  });

  it('are read where a link leads now, at the end of the way to a root or before it', async () => {
    const workspace = newWorkspace();
    const [link, above] = [join(workspace.dir, 'link'), join(workspace.dir, 'above')];
    const write = (root: string, text: string): void => {
      mkdirSync(join(root, 'p'), { recursive: true });
      const session = uuidOf(text);
      writeFileSync(join(root, 'p', `${session}.jsonl`), `${userLine({ session, n: 0 })}\n`);
    };
    const lead = (path: string, to: string): void => {
      symlinkSync(join(workspace.dir, to), `${path}.new`);
      renameSync(`${path}.new`, path);
    };
    for (const to of ['one', 'two']) write(join(workspace.dir, to), to);
    for (const to of ['three', 'four']) write(join(workspace.dir, to, 'projects'), to);
    lead(link, 'one');
    lead(above, 'three');
    const daemon = await workspace.start([...HINTED, '--root', link, '--root', join(above, 'projects')]);
    await until(async () => (await status(daemon)).lines === 2);
    lead(link, 'two');
    await until(async () => (await status(daemon)).lines === 3);
    lead(above, 'four');
    await until(async () => (await status(daemon)).lines === 4);
    rmSync(link);
    write(link, 'five');
    await until(async () => (await status(daemon)).lines === 5);
  });

  it('bring 3,000 files in a burst, each read once', async () => {
    const workspace = newWorkspace();
    const daemon = await workspace.start(HINTED);
    for (let dir = 0; dir < 30; dir++) {
      const path = join(workspace.root, `burst-${dir}`);
      mkdirSync(path);
      for (let i = 0; i < 100; i++) {
        const session = uuidOf(`burst ${dir} ${i}`);
        writeFileSync(join(path, `${session}.jsonl`), `${userLine({ session, n: 0 })}\n${userLine({ session, n: 1 })}\n`);
      }
    }
    await until(async () => (await status(daemon)).lines >= 6000, 60_000);
    await daemon.caughtUp();
    const bytes = Number(execFileSync('sh', ['-c', 'cat "$0"/*/*.jsonl | wc -c', workspace.root], { encoding: 'utf8' }));
    expect(await status(daemon)).toMatchObject({ files: 3000, lines: 6000, top: '6000', bytes_indexed: bytes, bytes_total: bytes, problems: [] });
  }, 90_000);
});

describe('a file that changed while the daemon was stopped', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('is known for what it is at the start', async () => {
    const names = ['grown', 'cut', 'regrown', 'rewritten', 'renamed', 'removed', 'again', 'partial', 'same', 'archived'] as const;
    const places = Object.fromEntries(names.map((name) => [name, new Place(workspace)])) as Record<(typeof names)[number], Place>;
    const text: Partial<Record<string, string>> = {};
    for (const name of names) writeFileSync(places[name].path(), (text[name] = places[name].lines(4)));
    const unfinished = `${places.partial.line()}\n`;
    appendFileSync(places.partial.path(), unfinished.slice(0, 30));
    let daemon = await workspace.start(HINTED);
    const ids = new Map<string, string>();
    for (const name of names) ids.set(name, (await expectIndexed(daemon, places[name].path())).id);
    await archiveAll(daemon);
    const parts = await daemon.all('/api/archive');
    const { top } = await status(daemon);
    await daemon.stop();

    appendFileSync(places.grown.path(), places.grown.lines(2));
    truncateSync(places.cut.path(), Buffer.byteLength(places.cut.line()) + 1);
    writeFileSync(places.regrown.path(), places.regrown.lines(9));
    const fd = openSync(places.rewritten.path(), 'r+');
    writeSync(fd, (text['rewritten'] ?? '').replaceAll('prompt', 'PROMPT').replaceAll('"uuid":"', '"uuid":"f').replaceAll(/"uuid":"f([0-9a-f-]{35})./g, '"uuid":"f$1'), 0);
    closeSync(fd);
    utimesSync(places.rewritten.path(), new Date(), new Date(Date.now() + 1000));
    renameSync(places.renamed.path(), places.renamed.path('new-name'));
    renameSync(places.archived.dir, `${places.archived.dir}-moved`);
    rmSync(places.removed.path());
    rmSync(places.again.path());
    writeFileSync(places.again.path(), places.again.lines(2));
    appendFileSync(places.partial.path(), unfinished.slice(30));

    daemon = await workspace.start(HINTED);
    await daemon.caughtUp();
    await expectIndexed(daemon, places.grown.path(), { id: ids.get('grown') ?? '', lines: 6 });
    await expectIndexed(daemon, places.cut.path(), { generation: 1 });
    await expectIndexed(daemon, places.regrown.path(), { generation: 1, lines: 9 });
    await expectIndexed(daemon, places.rewritten.path(), { generation: 1, lines: 4 });
    await expectIndexed(daemon, places.renamed.path('new-name'), { id: ids.get('renamed') ?? '', lines: 4 });
    await fileAt(daemon, join(`${places.archived.dir}-moved`, `${places.archived.session}.jsonl`), { id: ids.get('archived') ?? '', lines: 4, archived_bytes: Buffer.byteLength(text['archived'] ?? '') });
    expect((await filesAt(daemon, places.removed.path())).map((file) => file.state)).toEqual(['gone']);
    expect((await expectIndexed(daemon, places.again.path(), { lines: 2 })).id).not.toBe(ids.get('again'));
    await expectIndexed(daemon, places.partial.path(), { id: ids.get('partial') ?? '', lines: 5 });
    await expectIndexed(daemon, places.same.path(), { id: ids.get('same') ?? '', lines: 4 });
    // 2 grown, 1 kept by the cut, 9, 4, 2 and 1: not a line more was read.
    expect(Number((await status(daemon)).top)).toBe(Number(top) + 19);
    // What lies in the archive is not archived again because it moved.
    await archiveAll(daemon);
    const more = (await daemon.all<{ rows: number }>('/api/archive')).slice(parts.length);
    expect(more.reduce((sum, part) => sum + part.rows, 0)).toBe(19);
    await daemon.stop();
  });

  it('is not taken for another one that has its inode now', async () => {
    const place = new Place(workspace);
    writeFileSync(place.path('old'), place.lines(3));
    let daemon = await workspace.start(HINTED);
    const old = await expectIndexed(daemon, place.path('old'));
    await daemon.stop();
    const { ino } = statSync(place.path('old'));
    rmSync(place.path('old'));
    let reused: string | null = null;
    for (let i = 0; i < 400 && reused === null; i++) {
      const path = place.path(`new-${i}`);
      writeFileSync(path, '');
      if (statSync(path).ino === ino) reused = path;
    }
    if (reused === null) console.warn('skipped: this file system does not give out an inode again');
    else writeFileSync(reused, place.lines(5));
    daemon = await workspace.start(HINTED);
    await daemon.caughtUp();
    if (reused !== null) expect((await expectIndexed(daemon, reused, { lines: 5 })).id).not.toBe(old.id);
    await until(async () => (await filesAt(daemon, place.path('old'))).every((file) => file.state === 'gone'));
    expect(await recordsOf(daemon, place.project)).toHaveLength(reused === null ? 3 : 8);
    await daemon.stop();
  });
});

describe('a file that cannot be read', () => {
  const workspace = new Workspace();
  afterAll(async () => {
    chmodSync(join(workspace.root, 'closed'), 0o755);
    await workspace.remove();
  });

  it('is named, does not hold up the others, and is read when it can be', async ({ skip }) => {
    mkdirSync(join(workspace.root, 'closed'));
    const runner = unprivileged(workspace);
    if (runner === null) return skip('needs another user than root, or setpriv to become one');
    const place = new Place(workspace);
    const hidden = join(workspace.root, 'closed', `${uuidOf('hidden')}.jsonl`);
    writeFileSync(place.path('shut'), place.lines(2));
    writeFileSync(place.path('open'), place.lines(2));
    writeFileSync(hidden, place.lines(1));
    chmodSync(place.path('shut'), 0o000);
    giveAway(workspace.root, runner);
    const daemon = await workspace.start(['--sweep-seconds', '1', '--rate-limit', '0', '--no-archive', '--log-level', 'error'], {}, runner);
    await expectIndexed(daemon, place.path('open'));
    await until(async () => (await problem(daemon, 'unreadable_file', place.path('shut'))) !== undefined);
    await until(async () => (await status(daemon)).lines === 3);
    expect(await daemon.get('/health')).toMatchObject({ status: 'degraded' });
    // A folder that cannot be listed for a while does not make its files gone.
    chmodSync(join(workspace.root, 'closed'), 0o000);
    await until(async () => (await problem(daemon, 'unreadable_folder', join(workspace.root, 'closed'))) !== undefined);
    await sleep(1500);
    expect(await filesAt(daemon, hidden)).toMatchObject([{ state: 'present' }]);
    chmodSync(join(workspace.root, 'closed'), 0o755);
    chmodSync(place.path('shut'), 0o644);
    await expectIndexed(daemon, place.path('shut'));
    await until(async () => (await status(daemon)).problems.length === 0);
    expect(await daemon.get('/health')).toMatchObject({ status: 'ok' });
    expect(await daemon.stop()).toBe(0);
  });

  it('or could not be, is no problem any more as soon as it can be or is gone, long before a sweep', async ({ skip }) => {
    const another = new Workspace();
    try {
      const runner = unprivileged(another);
      if (runner === null) return skip('needs another user than root, or setpriv to become one');
      const folders = ['mended', 'removed'].map((name) => join(another.root, name));
      for (const folder of folders) mkdirSync(join(folder, 'below'), { recursive: true });
      giveAway(another.root, runner);
      for (const folder of folders) chmodSync(join(folder, 'below'), 0o000);
      const daemon = await another.start(['--sweep-seconds', '3600', '--no-archive', '--log-level', 'error'], {}, runner);
      await until(async () => (await status(daemon)).problems.length === 2);
      chmodSync(join(folders[0] as string, 'below'), 0o755);
      rmSync(folders[1] as string, { recursive: true });
      await until(async () => (await status(daemon)).problems.length === 0);
      expect(await daemon.stop()).toBe(0);
    } finally {
      await another.remove();
    }
  });

  it('is no reason to fail at the end, where it is the data directory', async ({ skip }) => {
    const another = new Workspace();
    const runner = unprivileged(another);
    if (runner === null) return skip('needs another user than root, or setpriv to become one');
    const place = new Place(another);
    writeFileSync(place.path(), place.lines(2));
    giveAway(another.root, runner);
    const flags = ['--no-archive', '--log-level', 'silent'];
    const daemon = await another.start(flags, {}, runner);
    await daemon.caughtUp();
    const question = { method: 'POST', body: JSON.stringify({ sql: 'SELECT 1' }), headers: { 'content-type': 'application/json' } };
    expect((await daemon.fetch('/api/sql', question)).status).toBe(200);
    appendFileSync(place.path(), place.lines(1));
    await daemon.caughtUp();
    await until(async () => (await status(daemon)).bytes_indexed === statSync(place.path()).size);
    chmodSync(another.dataDir, 0o500);
    expect(await daemon.stop()).toBe(0);
    chmodSync(another.dataDir, 0o700);
    const next = await another.start(flags, {}, runner);
    expect((await status(next)).lines).toBe(3);
    expect(await next.stop()).toBe(0);
    another.remove();
  });
});

describe.skipIf(process.platform !== 'linux')('a name that is not UTF-8', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('is told of, of a file and of a folder', async () => {
    const daemon = await workspace.start(HINTED);
    const place = new Place(workspace);
    const folder = Buffer.concat([Buffer.from(`${place.dir}/`), Buffer.from([0xfe])]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([Buffer.from(`${place.dir}/`), Buffer.from([0xff]), Buffer.from('.jsonl')]), place.lines(1));
    for (const name of ['\ufffd', '\ufffd.jsonl']) {
      await until(async () => (await problem(daemon, 'unreadable_folder', join(place.dir, name)))?.message.includes('not valid UTF-8') === true);
    }
    expect(await daemon.stop()).toBe(0);
  });
});

describe('a very long line', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('of 100 MB is rejected with its exact range, in bounded memory, and one of 50 MB is indexed', async () => {
    const daemon = await workspace.start([...HINTED, '--workers', '1']);
    const place = new Place(workspace);
    const path = place.path();
    writeFileSync(path, place.lines(2));
    await expectIndexed(daemon, path);
    const peakBefore = peakBytes(daemon);
    const start = statSync(path).size;
    appendLong(path, place.line('MARK'), 100 * 1024 * 1024);
    const end = statSync(path).size;
    appendFileSync(path, `\n${place.lines(2)}`);
    const file = await fileAt(daemon, path, { offset: statSync(path).size, lines: 5, rejects: 1 });
    expect(await rejectsOf(daemon, file)).toMatchObject([{ line: 3, byte_offset: start, byte_length: end - start, reason: 'too_large' }]);
    const peakRejected = peakBytes(daemon);
    if (peakBefore !== null && peakRejected !== null) expect((peakRejected - peakBefore) / 1024 / 1024).toBeLessThan(64);
    // Known by its edges, the file is still itself.
    appendFileSync(path, place.lines(1));
    await fileAt(daemon, path, { id: file.id, generation: 0, lines: 6 });

    appendLong(path, place.line('MARK'), 50 * 1024 * 1024);
    appendFileSync(path, `\n${place.lines(2)}`);
    await fileAt(daemon, path, { id: file.id, offset: statSync(path).size, lines: 9, rejects: 1 });
    const peakIndexed = peakBytes(daemon);
    if (peakRejected !== null && peakIndexed !== null) expect((peakIndexed - peakRejected) / 1024 / 1024).toBeLessThan(512);
    const texts = await daemon.text(`/api/export?format=ndjson&content=none&project=${place.project}`);
    const lengths = texts.trimEnd().split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { byte_length: number }).byte_length);
    expect(lengths).toHaveLength(8);
    expect(lengths[5]).toBeGreaterThan(50 * 1024 * 1024);
    await expectIndexed(daemon, writeOther(place), { lines: 1 });
  }, 60_000);
});

function writeOther(place: Place): string {
  const other = new Place({ root: dirname(place.dir) } as Workspace);
  writeFileSync(other.path(), other.lines(1));
  return other.path();
}

/** Appends a line whose text is made of so many bytes, without its newline. */
function appendLong(path: string, line: string, bytes: number): void {
  const [before = '', after = ''] = line.split('MARK');
  appendFileSync(path, before);
  const block = Buffer.alloc(1024 * 1024, 'long text. ');
  for (let left = bytes; left > 0; left -= block.length) appendFileSync(path, block);
  appendFileSync(path, after);
}

/** Most memory a daemon ever used; null where the system does not tell. */
function peakBytes(daemon: Daemon): number | null {
  const path = `/proc/${daemon.info.pid}/status`;
  if (!existsSync(path)) return null;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(path, 'utf8'))?.[1]) * 1024;
}

describe('a first index that is interrupted', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('goes on where it was, after SIGKILL and after SIGTERM, and reads nothing twice', async () => {
    for (let i = 0; i < 200; i++) {
      const session = uuidOf(`first ${i}`);
      const dir = join(workspace.root, `p${i % 7}`);
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, `${session}.jsonl`), Array.from({ length: 100 }, (_, n) => `${assistantLine({ session, n, text: 'some words to be read '.repeat(20) })}\n`).join(''));
    }
    // One that takes several reads.
    const big = uuidOf('big');
    writeFileSync(join(workspace.root, 'p0', `${big}.jsonl`), Array.from({ length: 80_000 }, (_, n) => `${userLine({ session: big, n, text: 'a long file '.repeat(60) })}\n`).join(''));
    const total = 20_000 + 80_000;
    const tops: number[] = [];
    for (const end of ['kill', 'kill', 'stop', 'kill'] as const) {
      const daemon = await workspace.start(HINTED);
      const before = tops.at(-1) ?? 0;
      let top = 0;
      await until(async () => {
        top = Number((await status(daemon)).top);
        return top > before || top === total;
      }, 60_000);
      tops.push(top);
      if (end === 'kill') await daemon.kill();
      else expect(await daemon.stop()).toBe(0);
    }
    const daemon = await workspace.start(HINTED);
    await until(async () => (await status(daemon)).lines === total && (await status(daemon)).caught_up, 60_000);
    const bytes = Number(execFileSync('sh', ['-c', 'cat "$0"/*/*.jsonl | wc -c', workspace.root], { encoding: 'utf8' }));
    expect(tops).toEqual(tops.toSorted((a, b) => a - b));
    expect(tops[0]).toBeLessThan(total);
    // Every line took one offset, and none took two.
    expect(await status(daemon)).toMatchObject({ lines: total, rejects: 0, top: String(total), bytes_indexed: bytes, bytes_total: bytes, files: 201 });
  }, 120_000);
});

describe('what reading costs', () => {
  const newWorkspace = workspaceMaker();
  const canTell = existsSync('/proc/self/io');

  it('is what was appended, also to a file of 300 MB', async ({ skip }) => {
    if (!canTell) return skip('needs /proc/PID/io');
    const workspace = newWorkspace();
    const place = new Place(workspace);
    const path = place.path();
    for (let i = 0; i < 75; i++) {
      appendLong(path, place.line('MARK'), 4 * 1024 * 1024);
      appendFileSync(path, '\n');
    }
    const daemon = await workspace.start(HINTED);
    await fileAt(daemon, path, { offset: statSync(path).size, lines: 75 });
    await daemon.caughtUp();
    const before = bytesRead(daemon);
    appendFileSync(path, `${place.line('x'.repeat(800))}\n`);
    await until(async () => (await status(daemon)).lines === 76);
    expect(bytesRead(daemon) - before).toBeLessThan(64 * 1024);
    expect(await fileAt(daemon, path)).toMatchObject({ lines: 76, generation: 0 });
  }, 60_000);

  it('is nothing at a start over 2,000 files that did not change', async ({ skip }) => {
    if (!canTell) return skip('needs /proc/PID/io');
    const workspace = newWorkspace();
    const filler = 'what was read once '.repeat(1600);
    let bytes = 0;
    for (let i = 0; i < 2000; i++) {
      const session = uuidOf(`quiet ${i}`);
      const dir = join(workspace.root, `p${i % 20}`);
      if (i < 20) mkdirSync(dir);
      const text = `${userLine({ session, n: 0, text: filler })}\n`;
      writeFileSync(join(dir, `${session}.jsonl`), text);
      bytes += text.length;
    }
    let daemon = await workspace.start(HINTED);
    await until(async () => (await status(daemon)).lines === 2000, 60_000);
    await daemon.caughtUp();
    const { top } = await status(daemon);
    await daemon.stop();
    daemon = await workspace.start(HINTED);
    await daemon.caughtUp();
    // The program itself is some 20 MB; the files are 60.
    expect(bytesRead(daemon)).toBeLessThan(bytes / 2);
    expect(await status(daemon)).toMatchObject({ files: 2000, lines: 2000, top, bytes_indexed: bytes });
  }, 90_000);
});

function bytesRead(daemon: Daemon): number {
  return Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${daemon.info.pid}/io`, 'utf8'))?.[1]);
}
