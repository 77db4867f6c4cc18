// The main promise: a writer appends in torn pieces while the daemon is killed again and again, and a
// client that resumes sees each line once and in order.

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { assistantLine, userLine, uuidOf } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { LiveClient } from '../support/live.ts';
import type { Frame } from '../support/live.ts';

const LINES = 4000;
const KILLS = 6;
const SESSIONS = ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002', 'aaaaaaaa-0000-4000-8000-000000000003'];

interface Source {
  session: string;
  path: string;
  uuids: string[];
}

describe('a daemon that is killed while lines arrive', () => {
  const workspace = new Workspace();
  afterEach(() => workspace.remove());

  it(`loses none of ${LINES} lines, repeats none and keeps their order over ${KILLS} kills`, async () => {
    const sources = SESSIONS.map((session) => newSource(workspace.root, session));
    let daemon = await workspace.start(['--no-archive']);
    const follower = new Follower();
    await follower.connect(daemon);
    for (let kill = 0; kill <= KILLS; kill++) {
      const share = kill === KILLS ? LINES - KILLS * Math.floor(LINES / (KILLS + 1)) : Math.floor(LINES / (KILLS + 1));
      const writing = write(sources, share, kill);
      if (kill === KILLS) {
        await writing;
        break;
      }
      await sleep(40 + kill * 25);
      await daemon.kill();
      follower.lose();
      await writing;
      daemon = await workspace.start(['--no-archive']);
      await follower.connect(daemon);
    }
    await daemon.caughtUp();
    await until(() => follower.seen.length >= LINES);
    expect(follower.seen.length).toBe(LINES);
    expect(follower.gaps).toEqual([]);
    for (const source of sources) expect(follower.seen.filter((record) => record.session === source.session).map((record) => record.uuid)).toEqual(source.uuids);
    expect(follower.seen.map((record) => record.offset)).toEqual(follower.seen.map((record) => record.offset).toSorted((a, b) => a - b));
    const bytes = sources.reduce((sum, source) => sum + readFileSync(source.path).length, 0);
    expect(await daemon.get('/api/status')).toMatchObject({ lines: LINES, rejects: 0, bytes_indexed: bytes, bytes_total: bytes });
    const lines = (await daemon.bytes('/api/export?format=jsonl')).toString('utf8').split('\n').filter((line) => line !== '');
    expect(lines.toSorted()).toEqual(sources.flatMap((source) => readFileSync(source.path, 'utf8').split('\n').filter((line) => line !== '')).toSorted());
    expect(await daemon.stop()).toBe(0);
  }, 120_000);
});

/** Resumes with the last offset and epoch it saw. */
class Follower {
  readonly seen: { offset: number; session: string; uuid: string }[] = [];
  readonly gaps: Frame[] = [];
  private client: LiveClient | null = null;
  private taken = 0;
  private last = '0';
  private epoch = '';

  async connect(daemon: Daemon): Promise<void> {
    const client = await LiveClient.open(daemon);
    const hello = client.frames[0] as Frame;
    this.epoch ||= String(hello['epoch']);
    this.client = client;
    this.taken = 0;
    client.socket.on('message', () => this.take());
    client.send({ type: 'subscribe', id: 's1', offset: this.last, epoch: this.epoch, content: 'none' });
  }

  lose(): void {
    this.take();
    this.client?.close();
  }

  private take(): void {
    const frames = this.client?.frames ?? [];
    for (; this.taken < frames.length; this.taken++) {
      const frame = frames[this.taken] as Frame;
      if (frame.type === 'gap') this.gaps.push(frame);
      if (frame.type !== 'event') continue;
      const { session_id: session, uuid } = frame['data'] as { session_id: string; uuid: string };
      this.last = String(frame['offset']);
      this.seen.push({ offset: Number(this.last), session, uuid });
    }
  }
}

function newSource(root: string, session: string): Source {
  const dir = join(root, '-home-ada-engine');
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${session}.jsonl`);
  writeFileSync(path, '');
  return { session, path, uuids: [] };
}

/** In pieces cut anywhere, characters of several bytes included. */
async function write(sources: readonly Source[], count: number, seed: number): Promise<void> {
  let random = seed + 1;
  const next = (below: number): number => (random = (random * 48_271) % 2_147_483_647) % below;
  for (let i = 0; i < count; i++) {
    const source = sources[i % sources.length] as Source;
    const n = source.uuids.length;
    const line = n % 2 === 0 ? userLine({ session: source.session, n, text: `Grüße ☃ ${n}` }) : assistantLine({ session: source.session, n, text: `naïve 𝄞 ${n}` });
    source.uuids.push(uuidOf(`${source.session}-${n}`));
    const bytes = Buffer.from(`${line}\n`, 'utf8');
    for (let at = 0; at < bytes.length; ) {
      const piece = 1 + next(bytes.length);
      appendFileSync(source.path, bytes.subarray(at, at + piece));
      at += piece;
    }
    if (i % 40 === 0) await sleep(1);
  }
}
