import Fastify from 'fastify';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DaemonModule, Embedded, OnceOptions, ProgressSink, RunSummary, Serving } from '../../src/daemon/port.ts';
import { progressText, SpeedMeter } from '../../src/cli/progress.ts';
import { run } from '../../src/cli/run.ts';
import { LakeError } from '../../src/core/errors.ts';
import type { Settings } from '../../src/core/settings/settings.ts';
import { memoryIo, type MemoryOptions } from './support/memory-io.ts';
import { session } from './support/records.ts';

const SUMMARY: RunSummary = {
  files: 3, sessions: 2, lines: 1200, rejects: 1, bytes_total: 5000, bytes_indexed: 5000, caught_up: true, duration_ms: 1234,
  archive: { parts: 1, rows: 1200, sessions: 2, bytes: 500, source_bytes: 5000 }, problems: [],
};
const SERVING: Serving = { url: 'http://127.0.0.1:4711', pid: 42, dataDir: '/data', sample: true, roots: [{ source: 'claude-code', path: '/logs', exists: false }] };

let dataDir: string;
let given: { run: 'daemon' | 'once'; settings: Settings; archive?: boolean } | null = null;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lake-start-'));
  given = null;
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function module(part: Partial<DaemonModule>): DaemonModule {
  const absent = () => Promise.reject(new Error('not here'));
  return { runDaemon: absent, runOnce: absent, openEmbedded: absent, performJob: absent, importFile: absent, ...part };
}

const running = module({
  runDaemon: async (settings, { onServing, progress }) => {
    given = { run: 'daemon', settings };
    onServing(SERVING);
    tellSome(progress);
  },
  runOnce: async (settings, { archive, progress }: OnceOptions) => {
    given = { run: 'once', settings, archive };
    tellSome(progress);
    return SUMMARY;
  },
});

function tellSome(progress: ProgressSink | null): void {
  progress?.update({ bytesDone: 30_720, bytesBefore: 10_240, bytesTotal: 40_960, filesDone: 0, filesTotal: 1, elapsedMs: 1200 });
}

async function sessionlake(args: string[], daemon: DaemonModule, options: MemoryOptions = {}) {
  const io = memoryIo(options);
  const code = await run([...args, '--data-dir', dataDir], io, async () => daemon);
  return { code, out: io.out(), err: io.err() };
}

describe('start', () => {
  it('says what it serves, that it is the sample, and what to type next', async () => {
    const { code, out, err } = await sessionlake(['start', '--port', '0', '--root', '/logs', '--no-archive'], running);
    expect([code, err]).toEqual([0, 'Indexed 20.0 KiB in 1.2 s.\nStopped.\n']);
    for (const text of ['http://127.0.0.1:4711', '/data', '/logs (claude-code, not there yet)', 'sample', 'sessionlake tail']) expect(out).toContain(text);
    expect(given?.settings).toMatchObject({ port: 0, archive: false, roots: [{ source: 'claude-code', path: '/logs' }], dataDir });
    expect(given?.run).toBe('daemon');
  });

  it('names the script where the program is not on the path', async () => {
    const inClone = await sessionlake(['start'], running, { cwd: '/clone', script: '/clone/bin/sessionlake.js' });
    expect(inClone.out).toContain('    node bin/sessionlake.js tail  ');
    const elsewhere = await sessionlake(['start'], running, { cwd: '/home', script: '/my clone/bin/sessionlake.js' });
    expect(elsewhere.out).toContain('    node "/my clone/bin/sessionlake.js" tail  ');
  });

  it('with --once prints a summary; with --archive too what was archived', async () => {
    const { out } = await sessionlake(['start', '--once', '--archive'], running);
    expect(given).toMatchObject({ run: 'once', archive: true });
    expect(out).toContain('Everything is indexed.');
    expect(out).toContain('1 part written: 1,200 lines of 2 sessions');
    const json = await sessionlake(['start', '--once', '--json'], running);
    expect(given?.archive).toBe(false);
    expect(JSON.parse(json.out)).toEqual(SUMMARY);
    const serving = await sessionlake(['start', '--json'], running);
    expect(JSON.parse(serving.out)).toMatchObject({ url: SERVING.url, data_dir: '/data', sample: true });
  });

  it('shows a bar on a terminal alone', async () => {
    expect((await sessionlake(['start', '--once'], running, { columns: 100 })).err).toContain('Indexing');
    const { err } = await sessionlake(['start', '--once'], running);
    expect(err).not.toContain('Indexing');
    expect(err).toContain('Indexed 20.0 KiB in 1.2 s.');
  });

  it('names the daemon that has the data directory', async () => {
    const taken = module({ runDaemon: () => Promise.reject(new LakeError('already_running', 'A daemon (pid 7) uses it.')) });
    const { code, err } = await sessionlake(['start'], taken);
    expect(code).toBe(1);
    expect(err).toMatch(/pid 7[^]*sessionlake stop/);
  });

  it('shows where an error of its own came from only when asked', async () => {
    const broken = module({ runDaemon: () => Promise.reject(new Error('boom\u001b[2J')) });
    const quiet = await sessionlake(['start'], broken);
    expect([quiet.code, quiet.err]).toEqual([1, expect.stringContaining(String.raw`error: boom\x1b[2J`)]);
    expect(quiet.err).not.toContain('at ');
    expect((await sessionlake(['start', '--verbose'], broken)).err).toContain('    at ');
  });
});

describe('how far the first index is', () => {
  it('is told with speed and time left', () => {
    expect(progressText({ bytesDone: 50_000_000, bytesTotal: 150_000_000, filesDone: 1234, filesTotal: 5000 }, 50_000_000)).toBe('47.7 MiB of 143 MiB · 1,234 of 5,000 files · 50.0 MB/s · 2.0 s left');
    expect(progressText({ bytesDone: 0, bytesTotal: 1, filesDone: 0, filesTotal: 1 }, 0)).toBe('0 B of 1 B · 0 of 1 files');
  });

  it('follows the speed of the last seconds', () => {
    const meter = new SpeedMeter(0, 1000);
    expect([meter.update(100, 5000), meter.update(1000, 101_000)]).toEqual([0, 100_000]);
    expect(meter.update(2000, 101_000)).toBeCloseTo(70_000);
    expect(meter.update(60_000, 101_000)).toBeLessThan(1);
  });
});

describe('without a daemon', () => {
  let closed = 0;
  const embedded = async (): Promise<Embedded> => {
    const app = Fastify();
    app.get('/api/sessions', async () => ({ items: [session()], has_more: false, next_cursor: null }));
    app.get('/api/sessions/gone', async (_request, reply) => reply.code(404).type('application/problem+json').send({ code: 'not_found', detail: 'No session gone.' }));
    app.get('/api/export', (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { trailer: 'X-Rows, X-Sha256' });
      reply.raw.write('a\n');
      reply.raw.addTrailers({ 'X-Rows': '1', 'X-Sha256': '87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7' });
      reply.raw.end();
    });
    return {
      app,
      close: async () => {
        closed += 1;
        await app.close();
      },
    };
  };
  const offline = module({ openEmbedded: embedded, performJob: async (_settings, request) => ({ parts: request.type === 'archive_run' && request.all ? 2 : 0, rows: 1, sessions: 1, bytes: 1, source_bytes: 1 }) });

  it('commands read the index itself, and let it go', async () => {
    writeFileSync(join(dataDir, 'index.duckdb'), '');
    expect((await sessionlake(['sessions'], offline)).out).toContain('Mend the login');
    expect(await sessionlake(['session', 'gone'], offline)).toMatchObject({ code: 4 });
    expect(await sessionlake(['export', '--format', 'jsonl'], offline)).toEqual({ code: 0, out: 'a\n', err: '' });
    expect(closed).toBe(3);
  });

  it('an index that a starting daemon holds is not reachable yet', async () => {
    writeFileSync(join(dataDir, 'index.duckdb'), '');
    const held = module({ openEmbedded: () => Promise.reject(new LakeError('already_running', 'pid 7 has it.')) });
    const { code, err } = await sessionlake(['sessions'], held);
    expect(code).toBe(3);
    expect(err).toMatch(/pid 7[^]*try again/);
  });

  it('archive run archives in this process', async () => {
    writeFileSync(join(dataDir, 'index.duckdb'), '');
    expect((await sessionlake(['archive', 'run'], offline)).out).toBe('nothing was due\n');
    expect(JSON.parse((await sessionlake(['archive', 'run', '--all', '--json'], offline)).out)).toMatchObject({
      id: null, type: 'archive_run', state: 'done', result: { parts: 2, rows: 1, sessions: 1, bytes: 1, source_bytes: 1 }, error: null,
    });
    expect(existsSync(join(dataDir, 'daemon.json'))).toBe(false);
  });
});
