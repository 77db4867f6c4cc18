// A real daemon for black-box tests: the built executable in a process of its own, with a data
// directory and roots of its own, driven through the contract alone.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const EXECUTABLE = fileURLToPath(new URL('../../bin/sessionlake.js', import.meta.url));

export interface DaemonInfo {
  pid: number;
  url: string;
  version: string;
  started_at: string;
  epoch: string;
}

/** A folder of its own that goes when the test ends. */
export class Workspace {
  readonly dir = mkdtempSync(join(tmpdir(), 'sessionlake-test-'));
  readonly dataDir = join(this.dir, 'data');
  readonly root = join(this.dir, 'projects');
  private readonly daemons: Daemon[] = [];

  constructor() {
    mkdirSync(this.root, { recursive: true });
  }

  /** Starts a daemon over `root` (unless other roots are among the flags) and waits until it accepts. `runner`: a command that runs it. */
  async start(flags: readonly string[] = [], env: Record<string, string> = {}, runner: readonly string[] = []): Promise<Daemon> {
    const roots = flags.includes('--root') ? [] : ['--root', this.root];
    const daemon = new Daemon(this, ['--port', '0', ...roots, ...flags], env, runner);
    this.daemons.push(daemon);
    await daemon.ready();
    return daemon;
  }

  async remove(): Promise<void> {
    for (const daemon of this.daemons) await daemon.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export class Daemon {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  private readonly workspace: Workspace;
  private readonly exited: Promise<number | null>;

  constructor(workspace: Workspace, flags: readonly string[], env: Record<string, string>, runner: readonly string[] = []) {
    this.workspace = workspace;
    rmSync(join(workspace.dataDir, 'daemon.json'), { force: true });
    const [command = process.execPath, ...rest] = runner;
    const before = runner.length === 0 ? [] : [...rest, process.execPath];
    this.process = spawn(command, [...before, EXECUTABLE, 'start', '--data-dir', workspace.dataDir, ...flags], { env: cleanEnv(workspace, env), stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.process.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) => this.process.once('exit', (code) => resolve(code)));
  }

  get info(): DaemonInfo {
    return JSON.parse(readFileSync(join(this.workspace.dataDir, 'daemon.json'), 'utf8')) as DaemonInfo;
  }

  get token(): string {
    return readFileSync(join(this.workspace.dataDir, 'token'), 'utf8').trim();
  }

  get url(): string {
    return this.info.url;
  }

  async ready(): Promise<void> {
    await until(() => {
      if (this.process.exitCode !== null) throw new Error(`the daemon ended with ${this.process.exitCode}: ${this.stderr}`);
      return existsSync(join(this.workspace.dataDir, 'daemon.json'));
    });
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, this.url), { ...init, headers: { authorization: `Bearer ${this.token}`, ...init.headers } });
  }

  /** The JSON of a GET that must succeed. */
  async get<T = Record<string, unknown>>(path: string): Promise<T> {
    const response = await this.fetch(path);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** All items of a list, page by page. */
  async all<T = Record<string, unknown>>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const next: string = cursor === '' ? '' : `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
      const page: { items: T[]; next_cursor: string | null } = await this.get(path + next);
      items.push(...page.items);
      cursor = page.next_cursor;
    }
    return items;
  }

  async text(path: string): Promise<string> {
    return (await this.bytes(path)).toString('utf8');
  }

  /** Not compressed: fetch takes up to 20 s of CPU for 70 MB that come in the small pieces of gzip. */
  async bytes(path: string): Promise<Buffer> {
    const response = await this.fetch(path, { headers: { 'accept-encoding': 'identity' } });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Resolves when everything on disk is indexed. */
  async caughtUp(): Promise<void> {
    await until(async () => (await this.get<{ caught_up: boolean }>('/api/status')).caught_up);
  }

  /** SIGTERM, and the exit code. */
  async stop(): Promise<number | null> {
    this.process.kill('SIGTERM');
    return this.exited;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited;
  }
}

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** One run of the command line, to its end. */
export async function run(workspace: Workspace, args: readonly string[], env: Record<string, string> = {}): Promise<RunResult> {
  const child = spawn(process.execPath, [EXECUTABLE, ...args], { env: cleanEnv(workspace, env), stdio: ['ignore', 'pipe', 'pipe'] });
  const result: RunResult = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (result.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (result.stderr += chunk.toString()));
  result.code = await new Promise((resolve) => child.once('close', resolve));
  return result;
}

/** Polls until true; fails after `limitMs`. Only for what has no event to wait for. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 25_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not true within ${limitMs} ms: ${condition.toString()}`);
    await sleep(20);
  }
}

function cleanEnv(workspace: Workspace, env: Record<string, string>): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: workspace.dir, TZ: 'UTC', NO_COLOR: '1', ...env };
}
