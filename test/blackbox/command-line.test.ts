// The command line through the contract: exit codes, the same filters as the API, and the same answers with a
// daemon and without one.

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, createReadStream, existsSync, lstatSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { run as runCommand, Workspace } from '../support/daemon.ts';
import type { Daemon, RunResult } from '../support/daemon.ts';

const SESSION = 'cccccccc-0000-4000-8000-000000000001';
const EXECUTABLE = fileURLToPath(new URL('../../bin/sessionlake.js', import.meta.url));

const workspace = new Workspace();
let daemon: Daemon;
const run = (args: readonly string[], env: Record<string, string> = {}): Promise<RunResult> => runCommand(workspace, [...args, '--data-dir', workspace.dataDir], env);
const json = async (...args: string[]): Promise<Record<string, unknown>> => JSON.parse((await run([...args, '--json'])).stdout) as Record<string, unknown>;
const rows = ({ stdout }: RunResult): Record<string, unknown>[] => stdout.trimEnd().split('\n').slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  mkdirSync(join(workspace.root, '-home-ada-engine'));
  const lines = [
    userLine({ session: SESSION, n: 0, text: 'Tighten the belt' }),
    'no JSON',
    assistantLine({ session: SESSION, n: 1, text: 'It is tight', model: 'claude-opus-4-7' }),
    userLine({ session: SESSION, n: 2, text: 'Thanks' }),
    userLine({ session: SESSION, n: 2, text: 'Thanks' }),
  ];
  writeFileSync(join(workspace.root, '-home-ada-engine', `${SESSION}.jsonl`), `${lines.join('\n')}\n`);
  daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
});
afterAll(() => workspace.remove());

function anywhere(): void {
  it.each([
    [['session', 'none']], [['tree', 'none']], [['ledger', 'none']], [['restore', 'none', '-o', 'back']], [['export', '--session', 'none']], [['search', 'zebra']], [['search', 'zebra', '--json']],
    [['search', 'belt', '--role', 'assistant']], [['search', 'belt', '--session', 'none']], [['usage', '--session', 'none']],
  ])('%j found nothing: 4', async (args) => {
    expect(await run(args)).toMatchObject({ code: 4, stderr: expect.stringMatching(/^error: /) as string });
  });

  it.each([
    [['sessions', '--project', 'none']], [['rejects', '--reason', 'none']], [['rejects', '--session', 'none']], [['archive', 'list']], [['archive', 'list', '--month', '2020-01']], [['usage', '--project', 'none']],
    [['export', '--project', 'none']], [['sql', 'SELECT 1 WHERE false']],
  ])('%j is a list that may be empty: 0, with --json as well', async (args) => {
    expect((await run(args)).code).toBe(0);
    if (args[0] !== 'export') expect((await run([...args, '--json'])).code).toBe(0);
  });

  it('sql says on stderr that there is more than it prints', async () => {
    const { code, stdout, stderr } = await run(['sql', 'SELECT * FROM range(3)', '--limit', '2']);
    expect([code, stdout.trim().split(/\s+/)]).toEqual([0, ['range', '0', '1']]);
    expect(stderr.trim()).toBe('More was found than 2 rows: --limit 4 shows more.');
  });

  it('search without a hit prints the document and ends with 4', async () => {
    const { stdout } = await run(['search', 'zebra', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ items: [], has_more: false, next_cursor: null });
  });

  it('lists know a session by the first signs of its id', async () => {
    expect(await json('rejects', '--session', SESSION.slice(0, 8))).toMatchObject({ items: [{ line: 2, reason: 'invalid_json' }], counts: [{ reason: 'invalid_json', lines: 1 }] });
    expect((await run(['archive', 'list', '--session', SESSION.slice(0, 8)])).code).toBe(0);
  });

  it('export takes the filters of the API', async () => {
    const all = rows(await run(['export', '--content', 'none']));
    expect(all).toHaveLength(3);
    const texts = async (...args: string[]): Promise<unknown[]> => rows(await run(['export', ...args])).map(({ text }) => text);
    expect(await texts('--role', 'assistant')).toEqual(['It is tight']);
    expect(await texts('--model', 'claude-opus-4-7')).toEqual(['It is tight']);
    expect(await texts('--agent', 'none')).toEqual([]);
    expect(await texts('--is-error')).toEqual([]);
    expect(await texts('--is-error', 'false')).toHaveLength(3);
    expect(await texts('--upto', String(all[1]?.['offset']))).toHaveLength(2);
    expect(await texts('--after', String(all[0]?.['offset']), '--upto', String(all[1]?.['offset']))).toEqual(['It is tight']);
    expect(await texts('--duplicates')).toHaveLength(4);
    expect((await run(['export', '--format', 'jsonl', '--duplicates', 'false'])).stdout.split('\n')).toHaveLength(5);
    expect((await run(['export', '--is-error', 'perhaps'])).code).toBe(2);
    expect((await run(['export', '--format', 'markdown'])).code).toBe(2);
  });

  it('export writes a file that is there when it is whole, through a link, into a pipe and to standard output', async () => {
    const all = (await run(['export', '--format', 'jsonl'])).stdout;
    expect(all.split('\n')).toHaveLength(6);
    expect((await run(['export', '--format', 'jsonl', '-o', '-'])).stdout).toBe(all);
    const [file, link, pipe] = ['whole', 'link', 'pipe'].map((name) => join(workspace.dir, name)) as [string, string, string];
    writeFileSync(file, 'older');
    rmSync(link, { force: true });
    symlinkSync(file, link);
    expect(await run(['export', '--format', 'jsonl', '-o', link])).toMatchObject({ code: 0, stdout: '' });
    expect([lstatSync(link).isSymbolicLink(), readFileSync(file, 'utf8')]).toEqual([true, all]);
    expect(await run(['export', '--format', 'markdown', '--session', SESSION, '-o', file])).toMatchObject({ code: 0 });
    if (process.platform === 'win32') return;
    rmSync(pipe, { force: true });
    spawnSync('mkfifo', [pipe]);
    const reader = createReadStream(pipe, 'utf8');
    const [{ code }, read] = await Promise.all([run(['export', '--format', 'jsonl', '-o', pipe]), reader.toArray()]);
    expect([code, read.join('')]).toEqual([0, all]);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it.skipIf(!existsSync('/dev/full'))('output that cannot be written is a failure', () => {
    const full = openSync('/dev/full', 'w');
    for (const args of [['export'], ['sessions', '--json'], ['sql', 'SELECT 1']]) {
      const { status, stderr } = spawnSync(process.execPath, [EXECUTABLE, ...args, '--data-dir', workspace.dataDir], { stdio: ['ignore', full, 'pipe'], env: { PATH: process.env['PATH'], HOME: workspace.dir } });
      expect([args, status]).toEqual([args, 1]);
      expect(stderr.toString()).toContain('could not be written');
    }
    closeSync(full);
  });
}

describe('with a daemon', () => {
  anywhere();

  it('archive run --json is the job', async () => {
    expect(await json('archive', 'run', '--all')).toMatchObject({ id: expect.any(String) as string, type: 'archive_run', state: 'done', result: { parts: 1 }, error: null });
    expect(await run(['archive', 'list', '--json', '--session', SESSION.slice(0, 8)])).toMatchObject({ code: 0, stdout: expect.stringContaining('"sessions":1') as string });
  });

  it('a wrong token says what the command line can do about it', async () => {
    expect(await run(['sessions'], { SESSIONLAKE_TOKEN: 'wrong' })).toMatchObject({ code: 1, stderr: expect.stringContaining('SESSIONLAKE_TOKEN') as string });
  });
});

describe('without a daemon', () => {
  beforeAll(async () => {
    expect(await daemon.stop()).toBe(0);
  });

  anywhere();

  it('archive run --json is told as a job is', async () => {
    expect(await json('archive', 'run', '--all')).toMatchObject({ id: null, type: 'archive_run', state: 'done', result: { parts: 0 }, error: null });
  });

  it('what needs a daemon ends with 3', async () => {
    for (const command of ['stop', 'tail', 'open', 'logs']) expect([command, (await run([command])).code]).toEqual([command, 3]);
  });

  it('so does whatever works on a lake where none is, and makes none', async () => {
    const dir = join(workspace.dir, 'elsewhere');
    for (const command of ['archive run', 'archive compact', 'archive verify', 'archive list', 'doctor', 'doctor --repair', 'restore none -o back', 'status']) {
      expect([command, (await runCommand(workspace, [...command.split(' '), '--data-dir', dir])).code]).toEqual([command, 3]);
    }
    expect(existsSync(dir)).toBe(false);
  });

  it('a root that is a file ends with 2, and one that is not there yet is waited for', async () => {
    const start = (root: string): Promise<RunResult> => runCommand(workspace, ['start', '--once', '--root', root, '--data-dir', join(workspace.dir, 'other')]);
    expect(await start(EXECUTABLE)).toMatchObject({ code: 2, stderr: expect.stringContaining('is not a folder') as string });
    expect(await start(join(workspace.dir, 'later'))).toMatchObject({ code: 0 });
  });

  it.skipIf(!existsSync('/proc/self'))('a data directory that cannot be made ends with 2', async () => {
    for (const dir of ['/proc/nowhere', '/proc/self/no/where', '/dev/null/data']) expect([dir, (await runCommand(workspace, ['start', '--once', '--data-dir', dir])).code]).toEqual([dir, 2]);
  });
});

describe('a daemon that starts while a command reads the index', () => {
  const busy = new Workspace();
  afterAll(() => busy.remove());

  it('waits until it is done, and not for another daemon', async () => {
    mkdirSync(join(busy.root, 'p'));
    writeFileSync(join(busy.root, 'p/long.jsonl'), Array.from({ length: 300 }, (_, n) => `${userLine({ session: 'long', n, text: 'word '.repeat(1000) })}\n`).join(''));
    expect((await runCommand(busy, ['start', '--once', '--root', busy.root, '--data-dir', busy.dataDir])).code).toBe(0);
    // Nobody reads what it writes: it holds the index until somebody does.
    const reader = spawn(process.execPath, [EXECUTABLE, 'export', '--data-dir', busy.dataDir], { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], HOME: busy.dir } });
    const ended = new Promise((resolve) => reader.once('close', resolve));
    await new Promise((resolve) => reader.stdout.once('readable', resolve));
    const starting = busy.start(['--no-archive']);
    await sleep(500);
    expect(existsSync(join(busy.dataDir, 'daemon.json'))).toBe(false);
    reader.stdout.resume();
    const running = await starting;
    expect(await ended).toBe(0);
    expect(await runCommand(busy, ['start', '--root', busy.root, '--port', '0', '--data-dir', busy.dataDir])).toMatchObject({ code: 1, stderr: expect.stringContaining(`pid ${running.info.pid}`) as string });
  });
});
