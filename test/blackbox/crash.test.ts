// A writer appends lines in torn pieces to several files while the daemon is killed six times, and a
// client that resumes sees each line once and in order. In the end the index holds exactly what was written.

import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { Rng } from '../../bench/generator/rng.ts';
import { assistantLine, userLine, uuidOf } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { LiveClient } from '../support/live.ts';
import type { Frame } from '../support/live.ts';
import { plainLake, sumOf } from './support/plain.ts';

const LINES = 4000;
const KILLS = 6;
const SEED = Number(process.env['SESSIONLAKE_SEED'] ?? Date.now() % 1_000_000);

interface Log {
  path: string;
  session: string;
  agent: string | null;
  /** What was begun and is not yet written. */
  rest: Buffer;
  lines: Buffer[];
}

class Writer {
  written = 0;
  readonly logs: Log[];
  private readonly rng: Rng;
  private begun = 0;

  constructor(root: string, rng: Rng) {
    this.rng = rng;
    const log = (path: string, session: string, agent: string | null = null): Log => ({ path: `${root}/${path}`, session, agent, rest: Buffer.alloc(0), lines: [] });
    const session = (n: number): string => uuidOf(`session ${n}`);
    this.logs = [
      log(`-home-ada-engine/${session(1)}.jsonl`, session(1)), log(`-home-ada-engine/${session(1)}/subagents/agent-a1.jsonl`, session(1), 'a1'),
      log(`-home-ada-engine/${session(1)}/subagents/agent-a2.jsonl`, session(1), 'a2'), log(`-home-ada-engine/${session(2)}.jsonl`, session(2)),
      log(`-home-ada-loom/${session(3)}.jsonl`, session(3)), log(`-home-ada-loom/${session(4)}.jsonl`, session(4)),
      log(`-home-ada-loom/${session(4)}/subagents/agent-b1.jsonl`, session(4), 'b1'),
    ];
    for (const { path } of this.logs) mkdirSync(dirname(path), { recursive: true });
  }

  /** Writes until there are so many lines, pausing now and then. */
  async run(lines: number): Promise<void> {
    while (this.written < lines) {
      this.writePiece(this.rng.pick(this.logs), lines);
      if (this.rng.chance(0.08)) await sleep(this.rng.int(1, 12));
    }
    for (const log of this.logs) this.flush(log);
  }

  private writePiece(log: Log, limit: number): void {
    if (log.rest.length === 0) {
      const count = Math.min(this.rng.int(1, 6), limit - this.begun);
      log.rest = Buffer.concat(Array.from({ length: count }, () => this.newLine(log)));
    }
    // Anywhere, also in the middle of a character or just before the newline.
    this.append(log, this.rng.chance(0.3) ? log.rest.length : this.rng.int(1, Math.max(1, log.rest.length)));
  }

  private flush(log: Log): void {
    if (log.rest.length > 0) this.append(log, log.rest.length);
  }

  private append(log: Log, length: number): void {
    const piece = log.rest.subarray(0, length);
    appendFileSync(log.path, piece);
    log.rest = log.rest.subarray(length);
    this.written += piece.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
  }

  private newLine(log: Log): Buffer {
    const n = this.begun++;
    const { session } = log;
    const text = `żółć 你好 🚀 ${'⌘'.repeat(this.rng.int(0, 60))}`;
    const extra = log.agent === null ? {} : { isSidechain: true, agentId: log.agent };
    const output = this.rng.int(1, 900);
    // One call in several lines, its output growing.
    const message = `msg_${session}_${Math.floor(n / 3)}`;
    const line = this.rng.chance(0.03) ? `{"broken": ${n}` : this.rng.chance(0.4) ? userLine({ session, n, text, extra }) : assistantLine({ session, n, text, extra, output, message, request: `req_${message}` });
    log.lines.push(Buffer.from(line));
    return Buffer.from(`${line}\n`);
  }
}

/** Follows the lake from its beginning, across as many connections as it takes. */
class Follower {
  readonly events: Frame[] = [];
  readonly wrong: string[] = [];
  epoch: string | null = null;
  private client: LiveClient | null = null;

  async follow(daemon: Daemon): Promise<void> {
    const client = await LiveClient.open(daemon);
    this.client = client;
    const last = this.events.at(-1)?.['offset'] ?? '0';
    const answer = await client.subscribe({ offset: last, content: 'raw', ...(this.epoch === null ? {} : { epoch: this.epoch }) });
    if (answer['recovered'] !== true) this.wrong.push(`not recovered: ${JSON.stringify(answer)}`);
    this.epoch ??= String(answer['epoch']);
  }

  /** Takes over what came on the connection, which is closed. */
  leave(): void {
    const client = this.client;
    if (client === null) return;
    client.close();
    this.client = null;
    let prev = String(this.events.at(-1)?.['offset'] ?? '0');
    for (const frame of client.frames) {
      if (frame.type === 'gap' || frame.type === 'error') this.wrong.push(JSON.stringify(frame));
      if (frame.type !== 'event') continue;
      if (frame['prev'] !== prev) this.wrong.push(`event ${String(frame['offset'])} follows ${String(frame['prev'])}, the one before was ${prev}`);
      if (BigInt(String(frame['offset'])) <= BigInt(prev)) this.wrong.push(`event ${String(frame['offset'])} after ${prev}`);
      prev = String(frame['offset']);
      this.events.push(frame);
    }
  }

  get seen(): number {
    return this.events.length + (this.client?.events.length ?? 0);
  }
}

describe('a daemon that is killed while it reads', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it(`loses nothing and repeats nothing (seed ${SEED})`, { timeout: 120_000 }, async () => {
    const rng = new Rng(SEED, 'crash');
    const writer = new Writer(workspace.root, rng.fork('writer'));
    const follower = new Follower();
    let daemon = await workspace.start(['--log-level', 'error']);
    const { epoch } = daemon.info;
    await follower.follow(daemon);
    const writing = writer.run(LINES);
    for (let kill = 1; kill <= KILLS; kill++) {
      const mark = Math.floor((LINES * kill) / (KILLS + 1));
      await until(() => writer.written >= mark, 60_000);
      await sleep(rng.int(0, 80));
      await daemon.kill();
      follower.leave();
      if (rng.chance(0.5)) await sleep(rng.int(0, 150));
      daemon = await workspace.start(['--log-level', 'error']);
      expect(daemon.info.epoch).toBe(epoch);
      await follower.follow(daemon);
    }
    await writing;
    const lines = writer.logs.flatMap((log) => log.lines);
    const good = lines.filter((line) => !line.includes('{"broken"')).length;
    expect(lines).toHaveLength(LINES);
    await until(async () => follower.seen >= good && (await daemon.get<{ lines: number }>('/api/status')).lines === LINES, 30_000);
    await daemon.caughtUp();
    follower.leave();

    expect(follower.wrong).toEqual([]);
    const byFile = new Map<string, Record<string, unknown>[]>();
    for (const event of follower.events) {
      const record = event['data'] as Record<string, unknown>;
      byFile.set(String(record['file_id']), [...(byFile.get(String(record['file_id'])) ?? []), record]);
    }
    const files = await daemon.all<{ id: string; path: string; offset: number; size: number; lines: number; rejects: number }>('/api/files');
    expect(files).toHaveLength(writer.logs.length);
    for (const log of writer.logs) {
      const file = files.find((candidate) => candidate.path === log.path);
      const bytes = readFileSync(log.path);
      const rejected = log.lines.filter((line) => line.includes('{"broken"')).length;
      expect(file).toMatchObject({ offset: bytes.length, size: bytes.length, lines: log.lines.length, rejects: rejected });
      const sent = byFile.get(file?.id ?? '') ?? [];
      expect(sent.map((record) => record['raw'])).toEqual(log.lines.filter((line) => !line.includes('{"broken"')).map(String));
      for (const record of sent) expect(bytes.subarray(Number(record['byte_offset']), Number(record['byte_offset']) + Number(record['byte_length'])).toString()).toBe(record['raw']);
    }

    const size = writer.logs.reduce((sum, log) => sum + readFileSync(log.path).length, 0);
    const status = await daemon.get('/api/status');
    expect(status).toMatchObject({ lines: LINES, rejects: LINES - good, bytes_indexed: size, bytes_total: size, files: writer.logs.length, sessions: 4, lag_ms: 0 });
    const exported = (await daemon.bytes('/api/export?format=jsonl')).toString('latin1').split('\n');
    expect(exported.pop()).toBe('');
    expect(exported.toSorted()).toEqual(lines.map((line) => line.toString('latin1')).toSorted());
    const { totals } = await daemon.get<{ totals: Record<string, number | null> }>('/api/metrics/aggregate');
    expect(totals).toMatchObject(sumOf(plainLake(workspace.root).calls));
    expect(await daemon.stop()).toBe(0);
  });
});
