// The one way to the index: batches while a commit runs, a bound in bytes, and nothing stored after a
// failure that was read before the stored offsets were read back.

import { tmpdir } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/time/clock.ts';
import type { CommitOp } from '../../src/core/commit-op.ts';
import { CommitQueue, QUEUE_MAX_BYTES } from '../../src/ingest/commit-queue.ts';
import { Problems } from '../../src/ingest/problems.ts';
import { until } from '../support/daemon.ts';
import { silentLogger } from './test-ingest.ts';

const MIB = 1024 * 1024;

/** An operation that holds so many bytes, with a name. */
function op(name: string, bytes: number): CommitOp {
  return { kind: 'segment', file: { path: name }, scan: { rows: 0 }, bytes: { length: bytes } } as unknown as CommitOp;
}

/** As `op`, with the bytes left where they were read: in a worker. */
function bulk(name: string, rows: number): CommitOp {
  return { kind: 'segment', file: { path: name }, scan: { rows }, bytes: { length: 0 } } as unknown as CommitOp;
}

class Sink {
  readonly commits: string[][] = [];
  readonly events: string[] = [];
  free = Number.POSITIVE_INFINITY;
  /** Commits that wait to be let go, in their order. */
  readonly held: (() => void)[] = [];
  hold = false;
  failures = 0;
  reloadFailures = 0;
  readonly problems = new Problems(systemClock);
  readonly queue: CommitQueue;

  constructor(retryMs = 1, minFreeBytes = 0) {
    this.queue = new CommitQueue({
      sink: {
        commit: async (ops) => {
          if (this.hold) await new Promise<void>((resolve) => void this.held.push(resolve));
          const names = ops.map((one) => (one.kind === 'sidecar' ? one.sidecar.path : one.file.path));
          if (this.failures > 0) {
            this.failures -= 1;
            this.events.push(`failed ${names.join(' ')}`);
            throw new Error('no');
          }
          this.commits.push(names);
          this.events.push(`stored ${names.join(' ')}`);
        },
        files: async () => undefined,
        sidecars: async () => [],
      },
      dataDir: tmpdir(), minFreeBytes, problems: this.problems, logger: silentLogger, retryMs,
      onFailure: () => void this.events.push('forget'),
      onReload: async () => {
        this.events.push('reload');
        if (this.reloadFailures-- > 0) throw new Error('not now');
      },
      freeBytes: async () => this.free,
    });
  }

  get codes(): string[] {
    return this.problems.list().map((problem) => problem.code);
  }

  /** From now on commits wait to be let go. Each of these is a commit of its own, and under way when this returns. */
  async holdFrom(...ops: readonly CommitOp[]): Promise<void> {
    this.hold = true;
    for (const [i, one] of ops.entries()) {
      await this.queue.push([one]);
      await until(() => this.held.length > i);
    }
  }

  async release(): Promise<void> {
    await until(() => this.held.length > 0);
    this.held.shift()?.();
    await turn();
  }
}

describe('the commit queue', () => {
  it('gathers while a commit runs, in order and at most 4 MiB at once', async () => {
    const sink = new Sink();
    await sink.holdFrom(op('a', 10));
    await sink.queue.push([op('b', 10), op('c', 10)]);
    await sink.queue.push([op('d', MIB), op('e', 2 * MIB), op('f', 2 * MIB), op('g', 0)]);
    sink.hold = false;
    await sink.release();
    await sink.queue.settled();
    expect(sink.commits).toEqual([['a'], ['b', 'c', 'd', 'e'], ['f', 'g']]);
    expect(sink.queue.idle).toBe(true);
  });

  it('takes an operation larger than any commit alone', async () => {
    const sink = new Sink();
    await sink.holdFrom(op('a', 1));
    await sink.queue.push([op('big', 6 * MIB), op('b', 1)]);
    sink.hold = false;
    await sink.release();
    await sink.queue.settled();
    expect(sink.commits).toEqual([['a'], ['big'], ['b']]);
  });

  it('lets who brings more than the bound wait until there is room', async () => {
    const sink = new Sink();
    await sink.holdFrom(op('first', 1));
    let waiting = 0;
    let most = 0;
    const pushes = Array.from({ length: 20 }, async (_, i) => {
      waiting += 1;
      await sink.queue.push([op(`${i}`, 1.25 * MIB)]);
      waiting -= 1;
      if (!sink.hold) most = Math.max(most, sink.queue.waitingBytes);
    });
    await turn();
    // Whoever waits has brought its own already: the bound is passed by one pack for each reader.
    expect(waiting).toBe(14);
    sink.hold = false;
    await sink.release();
    await Promise.all(pushes);
    expect(most).toBeLessThanOrEqual(QUEUE_MAX_BYTES);
    await sink.queue.settled();
    expect(sink.queue.waitingBytes).toBe(0);
    expect(sink.commits.flat()).toEqual(['first', ...Array.from({ length: 20 }, (_, i) => `${i}`)]);
  });

  it('throws away after a failure what was queued, and what is pushed until the offsets are read back', async () => {
    const sink = new Sink(30);
    await sink.holdFrom(op('a', 1));
    await sink.queue.push([op('behind', 1)]);
    sink.hold = false;
    sink.failures = 1;
    await sink.release();
    expect(sink.events).toEqual(['failed a', 'forget']);
    expect(sink.codes).toEqual(['commit_failed']);
    await sink.queue.push([op('too early', 1)]);
    await sink.queue.settled();
    expect(sink.events).toEqual(['failed a', 'forget', 'reload']);
    await sink.queue.push([op('after', 1)]);
    await sink.queue.settled();
    expect(sink.commits).toEqual([['after']]);
    expect(sink.codes).toEqual([]);
  });

  it('reads the offsets back until that succeeds', async () => {
    const sink = new Sink();
    sink.failures = 2;
    sink.reloadFailures = 3;
    await sink.queue.push([op('a', 1)]);
    await sink.queue.settled();
    expect(sink.events).toEqual(['failed a', 'forget', 'reload', 'forget', 'reload', 'forget', 'reload', 'forget', 'reload']);
    sink.events.length = 0;
    await sink.queue.push([op('b', 1)]);
    await sink.queue.settled();
    expect(sink.events).toEqual(['failed b', 'forget', 'reload']);
  });

  it('lets what was read in bulk gather until it fills a commit, or nobody brings more, or something live comes', async () => {
    const sink = new Sink();
    // The first ones are small: 64, 32, 16, 8, 4 and 2 times less than the others.
    for (let n = 0; n < 6; n++) {
      await sink.queue.push([bulk(`small ${n}`, 300 * 2 ** n)]);
      await until(() => sink.commits.length === n + 1);
    }
    sink.commits.length = 0;
    await sink.queue.push([bulk('a', 1000)]);
    await turn();
    expect(sink.commits).toEqual([]);
    await sink.queue.push([bulk('b', 15_776)]);
    await until(() => sink.commits.length === 1);
    await sink.queue.push([bulk('c', 10)]);
    await sink.queue.push([bulk('d', 10)]);
    sink.queue.flush();
    await sink.queue.settled();
    await sink.queue.push([bulk('e', 10)]);
    await sink.queue.push([op('live', 10)]);
    await sink.queue.settled();
    expect(sink.commits).toEqual([['a', 'b'], ['c', 'd'], ['e', 'live']]);
    // And not for ever.
    await sink.queue.push([bulk('f', 10)]);
    await sink.queue.settled();
    expect(sink.commits.at(-1)).toEqual(['f']);
  });

  it('hands one commit of what was read in bulk over while another is under way, and no third', async () => {
    const sink = new Sink();
    await sink.holdFrom(bulk('a', 17_000), bulk('b', 17_000));
    void sink.queue.push([bulk('c', 17_000)]);
    await turn();
    await turn();
    expect(sink.held).toHaveLength(2);
    await sink.release();
    await sink.release();
    await sink.release();
    await sink.queue.settled();
    expect(sink.commits).toEqual([['a'], ['b'], ['c']]);
  });

  it('forgets once what was handed over with a commit that failed', async () => {
    const sink = new Sink();
    await sink.holdFrom(bulk('a', 17_000), bulk('b', 17_000));
    sink.hold = false;
    sink.failures = 2;
    await sink.release();
    await sink.release();
    await sink.queue.settled();
    expect(sink.events.filter((event) => !event.startsWith('failed'))).toEqual(['forget', 'reload']);
    await sink.queue.push([bulk('again', 10)]);
    await sink.queue.settled();
    expect(sink.commits).toEqual([['again']]);
  });

  it('pauses while the disk is nearly full, says so, and goes on by itself', async () => {
    const sink = new Sink(1, 100 * MIB);
    sink.free = 50 * MIB;
    const pushed = Promise.all(Array.from({ length: 8 }, (_, i) => sink.queue.push([op(`${i}`, 4 * MIB)])));
    await until(() => sink.codes.includes('disk_full'));
    expect(sink.commits).toEqual([]);
    expect(sink.queue.idle).toBe(false);
    sink.free = 500 * MIB;
    await pushed;
    await sink.queue.settled();
    expect(sink.commits.flat()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect(sink.codes).toEqual([]);
  });

  it('commits what waits when it is closed, but waits neither for a disk nor for another try', async () => {
    const whole = new Sink();
    void whole.queue.push([op('a', 1)]);
    await whole.queue.close();
    expect(whole.commits).toEqual([['a']]);

    const full = new Sink(3_600_000, 100 * MIB);
    full.free = 0;
    const pushed = full.queue.push([op('a', 30 * MIB)]);
    await until(() => full.codes.includes('disk_full'));
    await full.queue.close();
    await pushed;
    expect(full.commits).toEqual([]);

    const failing = new Sink(3_600_000);
    failing.failures = 1;
    await failing.queue.push([op('a', 1)]);
    await until(() => failing.events.length === 2);
    await failing.queue.push([op('b', 1)]);
    await failing.queue.close();
    // A hole would be left if anything came after what failed.
    await failing.queue.push([op('c', 1)]);
    await failing.queue.settled();
    expect(failing.commits).toEqual([]);
  });
});
