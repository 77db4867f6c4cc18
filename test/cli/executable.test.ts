// The executable as scripts meet it: exit codes, what goes to which output, and a reader that leaves.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fakeDaemon } from './support/fake-daemon.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const executable = join(root, 'bin', 'sessionlake.js');
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lake-bin-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function environment(more: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: home, ...more };
}

function sessionlake(args: string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [executable, ...args], { env: environment(env), cwd: home }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

describe('sessionlake', () => {
  it('has a version and help on standard output', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await sessionlake(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
    const help = await sessionlake(['--help']);
    expect([help.code, help.err]).toEqual([0, '']);
    for (const command of ['start', 'stop', 'status', 'tail', 'sessions', 'session', 'tree', 'rejects', 'export', 'archive', 'token', 'config']) {
      expect(help.out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
      const own = await sessionlake([command, '--help']);
      expect([command, own.code, own.err]).toEqual([command, 0, '']);
    }
  });

  it('ends with 2 on wrong usage, naming what was meant', async () => {
    const cases: [string[], RegExp][] = [
      [[], /Usage: sessionlake/],
      [['sesions'], /unknown command 'sesions'[^]*sessions/],
      [['sessions', '--limmit', '3'], /unknown option '--limmit'[^]*--limit/],
      [['start', '--prot', '3'], /unknown option '--prot'[^]*--port/],
      [['sessions', '--limit', 'many'], /whole number from 1/],
      [['sessions', '--since', 'yesterday'], /ISO 8601/],
      [['sessions', 'extra'], /too many arguments/],
      [['session'], /missing required argument/],
      [['export', '--format', 'xml'], /Allowed choices are/],
      [['tail', '--since', '-1'], /lake offset/],
      [['start', '--port', '70000'], /port \(flag --port\): "70000" is out of range[^]*hint: .*65535/],
      [['start', '--root', 'codecs=/x'], /unknown source "codecs"[^]*claude-code/],
      [['start', '--no-auth', '--host', '0.0.0.0'], /no-auth/],
      [['config', '--config', 'missing.json'], /does not exist/],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await sessionlake(args);
      expect([args, code, out]).toEqual([args, 2, '']);
      expect(err).toMatch(message);
    }
  });

  it('warns of variables it does not know, and refuses a malformed config file', async () => {
    const { code, out, err } = await sessionlake(['config', '--json'], { SESSIONLAKE_PROT: '1' });
    expect([code, JSON.parse(out)]).toEqual([0, expect.anything()]);
    expect(err).toMatch(/^warning: .*SESSIONLAKE_PROT.*Did you mean SESSIONLAKE_PORT\?\n$/);
    const file = join(home, 'bad.json');
    writeFileSync(file, '{"port": 1,}');
    expect(await sessionlake(['sessions'], { SESSIONLAKE_CONFIG: file })).toMatchObject({ code: 2, err: expect.stringContaining('line 1, column 12') as string });
  });

  it('ends with 3 where there is no daemon, and with 4 where there is no token', async () => {
    expect(await sessionlake(['stop'])).toMatchObject({ code: 3, out: '' });
    expect(await sessionlake(['tail', '--json'])).toMatchObject({ code: 3, out: '' });
    expect(await sessionlake(['token'])).toMatchObject({ code: 4, out: '' });
  });

  it('prints no colours where nobody sees them', async () => {
    const { out, err } = await sessionlake(['config']);
    expect(out + err).not.toContain('\u001b');
  });

  it('ends quietly when its reader has left', async () => {
    const child = spawn(process.execPath, [executable, 'config', '--json'], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, err]).toEqual([0, '']);
  });
});

describe('stop', () => {
  it('ends the daemon with a signal and waits until it has left', async () => {
    const dataDir = join(home, 'data');
    const script = `
      const { createServer } = require('node:http'); const { mkdirSync, writeFileSync, rmSync } = require('node:fs');
      const file = process.argv[1] + '/daemon.json'; mkdirSync(process.argv[1], { recursive: true });
      const server = createServer((request, response) => response.end('{"status":"ok","checks":{}}')).listen(0, '127.0.0.1', () => {
        writeFileSync(file, JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:' + server.address().port, version: '', started_at: '', epoch: '' }));
        console.log('up');
      });
      process.on('SIGTERM', () => setTimeout(() => { rmSync(file); process.exit(0); }, 200));`;
    const child = spawn(process.execPath, ['-e', script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const ended = once(child, 'exit');
    expect(await sessionlake(['stop', '--data-dir', dataDir])).toEqual({ code: 0, out: '', err: `Stopped (pid ${child.pid}).\n` });
    expect(await ended).toEqual([0, null]);
    expect(await sessionlake(['stop', '--data-dir', dataDir])).toMatchObject({ code: 3 });
  });
});

describe('a file that is being written', () => {
  it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('leaves nothing behind where %s cuts it short', async (signal) => {
    const daemon = await fakeDaemon({ '/api/export': (_request, response) => void response.writeHead(200).write('{"offset":"1"}\n') });
    onTestFinished(() => daemon.close());
    const file = join(daemon.dataDir, 'all.ndjson');
    const child = spawn(process.execPath, [executable, 'export', '-o', file, '--data-dir', daemon.dataDir], { env: environment(), cwd: home });
    const ended = once(child, 'exit');
    while (!existsSync(`${file}.part`)) await sleep(5);
    child.kill(signal);
    expect(await ended).toEqual([null, signal]);
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false]);
  });
});
