// Random histories of files (see test/support/history.ts) against the whole lake: the engine with its real
// database in this process, where dying means that nothing more is stored, and real daemons that are
// killed with SIGKILL. Many worlds share one lake, so that there can be many.
//
// Runs 180 histories in 6 engines and 24 in a daemon by default; SESSIONLAKE_HISTORIES=N runs N in engines
// and a tenth of that in daemons, SESSIONLAKE_SEED=N begins with another seed. A failure prints its seed and
// everything that was done. Many more, without a database, are in test/ingest/histories.test.ts.

import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../bench/generator/rng.ts';
import { resolveWithOrigins } from '../../src/core/settings/settings.ts';
import { prepareDataDir } from '../../src/daemon/data-dir.ts';
import { Engine } from '../../src/daemon/engine.ts';
import { queryRows } from '../../src/index/store/query.ts';
import type { CommitEvent } from '../../src/core/feed-record.ts';
import { rest, silentLogger, withFolder } from '../ingest/test-ingest.ts';
import { until } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { World } from '../support/history.ts';
import type { Seen, SeenFile, SeenLine } from '../support/history.ts';
import { workspaceMaker } from '../support/workspaces.ts';

const HISTORIES = Number(process.env['SESSIONLAKE_HISTORIES'] ?? 180);
const FIRST_SEED = Number(process.env['SESSIONLAKE_SEED'] ?? 1);
const WORLDS = 30;
/** In one daemon that is killed. */
const KILLED_WORLDS = 24;
const STEPS = 40;

function worldsIn(root: string, firstSeed: number, count: number, watched: boolean): World[] {
  return Array.from({ length: count }, (_, i) => new World(`${root}/w${i}`, firstSeed + i, watched));
}

function problemsOf(worlds: readonly World[], seen: Seen): string {
  for (const world of worlds) {
    const wrong = world.check(seen);
    if (wrong.length > 0) return world.story(wrong);
  }
  return '';
}

/** Offsets without a hole from life to life; `top` may be ahead of what was heard of only where a life ended. */
class Heard {
  readonly wrong: string[] = [];
  private top = 0;

  hear(event: CommitEvent): void {
    if (event.prev < this.top || event.top <= event.prev) this.wrong.push(`commit ${event.prev} to ${event.top} after ${this.top}`);
    this.top = event.top;
    let last = event.prev;
    for (const { offset } of event.records() ?? []) {
      if (offset <= last || offset > event.top) this.wrong.push(`record ${offset} after ${last} in ${event.prev} to ${event.top}`);
      last = offset;
    }
  }
}

async function openEngine(root: string, dataDir: string, heard: Heard, watch: boolean): Promise<Engine> {
  const { settings } = resolveWithOrigins({ flags: { 'data-dir': dataDir, root: [root], workers: 1, 'memory-limit': 256 * 1024 * 1024 }, env: {}, file: null, platform: process.platform, home: dataDir });
  const engine = await Engine.open({ settings, paths: prepareDataDir(dataDir), roots: settings.roots, sample: false, watch, logger: silentLogger, publish: (event) => heard.hear(event), isFollowed: () => false });
  await engine.load();
  return engine;
}

interface Row {
  file_ix: number;
  byte_offset: number;
  byte_length: number;
  id: string | null;
  flags: number;
}

async function lookInto(engine: Engine): Promise<{ seen: Seen; repeats: string[] }> {
  await engine.writer.settle();
  const connection = await engine.database.connect();
  const rows = await queryRows<Row>(
    connection,
    `SELECT file_ix, byte_offset::DOUBLE AS byte_offset, byte_length::DOUBLE AS byte_length, uuid::VARCHAR AS id, flags, lake_offset FROM records
     UNION ALL SELECT file_ix, byte_offset::DOUBLE, byte_length::DOUBLE, NULL, 0, lake_offset FROM rejects ORDER BY lake_offset`,
  );
  const files = await queryRows<{ file_ix: number; path: string; state: string; at: number; lines: number; rejects: number }>(
    connection,
    "SELECT file_ix, root || '/' || path AS path, state, offset_bytes::DOUBLE AS at, lines::DOUBLE AS lines, rejects::DOUBLE AS rejects FROM files_now",
  );
  connection.closeSync();
  const shown = new Map<string, number>();
  for (const row of rows) if (row.id !== null) shown.set(row.id, (shown.get(row.id) ?? 0) + ((row.flags & 1) === 0 ? 1 : 0));
  return {
    seen: {
      files: files.map((file): SeenFile => ({ fileIx: file.file_ix, path: file.path, state: file.state, offset: file.at, lines: file.lines, rejects: file.rejects })),
      lines: rows.map((row): SeenLine => ({ fileIx: row.file_ix, byteOffset: row.byte_offset, byteLength: row.byte_length, uuid: row.id })),
    },
    repeats: [...shown].filter(([, times]) => times !== 1).map(([id, times]) => `record ${id} is shown ${times} times`),
  };
}

async function runEngines(firstSeed: number): Promise<string> {
  return withFolder(async (dir) => {
    const rng = new Rng(firstSeed, 'engine');
    const root = `${dir}/projects`;
    mkdirSync(root);
    const worlds = worldsIn(root, firstSeed, WORLDS, false);
    const heard = new Heard();
    const watch = rng.chance(0.7);
    let engine = await openEngine(root, `${dir}/data`, heard, watch);
    await engine.ingest.start();
    const restart = async (killed: boolean): Promise<void> => {
      for (const world of worlds) world.note(killed ? 'killed' : 'stopped');
      if (killed) engine.writer.commit = () => Promise.reject(new Error('dead'));
      await engine.close();
      for (const world of worlds) if (rng.chance(0.5)) world.step();
      for (const world of worlds) world.note('started');
      engine = await openEngine(root, `${dir}/data`, heard, watch);
      await engine.ingest.start();
    };
    for (let step = 0; step < STEPS; step++) {
      for (const world of worlds) world.step();
      if (rng.chance(0.2)) await sleep(rng.int(0, 5));
      if (!watch) void engine.ingest.sweep();
      if (rng.chance(0.1)) {
        await rest(engine.ingest, () => engine.versions.lake());
        for (const world of worlds) world.rested();
        for (const world of worlds) world.note('rested');
      }
      if (rng.chance(0.1)) await restart(rng.chance(0.6));
    }
    await rest(engine.ingest, () => engine.versions.lake());
    const { seen, repeats } = await lookInto(engine);
    const { totals } = await engine.lake.aggregate({ groupBy: null, filter: {}, timezone: 'UTC' });
    const records = new Set(seen.lines.map((line) => line.uuid).filter((uuid) => uuid !== null)).size;
    await engine.close();
    const sums = totals.calls === records && totals.output_tokens === 10 * records ? [] : [`${records} calls of 10 tokens, counted as ${totals.calls} with ${totals.output_tokens}`];
    const wrong = [...heard.wrong, ...repeats, ...sums];
    return wrong.length > 0 ? `seeds from ${firstSeed}: ${wrong.slice(0, 10).join('\n')}` : problemsOf(worlds, seen);
  });
}

interface ExportedRecord {
  offset: string;
  file_id: string;
  byte_offset: number;
  byte_length: number;
  uuid: string;
}

async function lookThrough(daemon: Daemon): Promise<Seen> {
  const files = await daemon.all<{ id: string; path: string; state: string; offset: number; lines: number; rejects: number }>('/api/files?limit=1000');
  const rejects = await daemon.all<{ offset: string; file_id: string; byte_offset: number; byte_length: number }>('/api/rejects?limit=1000');
  const text = await daemon.text('/api/export?format=ndjson&content=none&duplicates=true');
  const records = text.trimEnd().split('\n').slice(0, -1).map((line) => JSON.parse(line) as ExportedRecord);
  const lineOf = (item: Omit<ExportedRecord, 'uuid'>, uuid: string | null): SeenLine & { at: number } => ({
    at: Number(item.offset), fileIx: Number(item.file_id.slice(1)), byteOffset: item.byte_offset, byteLength: item.byte_length, uuid,
  });
  return {
    files: files.map(({ id, ...file }): SeenFile => Object.assign(file, { fileIx: Number(id.slice(1)) })),
    lines: [...records.map((record) => lineOf(record, record.uuid)), ...rejects.map((reject) => lineOf(reject, null))].toSorted((a, b) => a.at - b.at),
  };
}

describe('histories of files', () => {
  const engines = Math.max(1, Math.ceil(HISTORIES / WORLDS));
  for (let i = 0; i < engines; i++) {
    const seed = FIRST_SEED + i * WORLDS;
    it(`end as they must in an engine (${WORLDS} from seed ${seed})`, { timeout: 120_000 }, async () => expect(await runEngines(seed)).toBe(''));
  }
});

describe('histories of files under a daemon that is killed', () => {
  const newWorkspace = workspaceMaker();
  const daemons = Math.max(1, Math.ceil(HISTORIES / 10 / KILLED_WORLDS));
  for (let i = 0; i < daemons; i++) {
    const seed = FIRST_SEED + 1_000_000 + i * KILLED_WORLDS;
    it(`end as they must (${KILLED_WORLDS} from seed ${seed})`, { timeout: 120_000 }, async () => {
      const rng = new Rng(seed, 'daemon');
      const workspace = newWorkspace();
      const worlds = worldsIn(workspace.root, seed, KILLED_WORLDS, true);
      const flags = ['--sweep-seconds', '0.3', '--no-archive', '--log-level', 'error'];
      let daemon = await workspace.start(flags);
      for (let step = 0; step < STEPS; step++) {
        for (const world of worlds) {
          world.step();
          if (rng.chance(0.2)) world.wander(rng.int(1, 10));
        }
        await sleep(rng.int(0, 60));
        if (step % 8 !== 7) continue;
        for (const world of worlds) world.note('killed');
        await daemon.kill();
        for (const world of worlds) for (let steps = rng.int(0, 2); steps > 0; steps--) world.step();
        for (const world of worlds) world.note('started');
        daemon = await workspace.start(flags);
      }
      let wrong = '';
      // It sweeps by itself; when all is found cannot be told from outside.
      await until(async () => {
        await daemon.caughtUp();
        wrong = problemsOf(worlds, await lookThrough(daemon));
        return wrong === '';
      }, 20_000).catch(() => undefined);
      expect(wrong).toBe('');
      expect(await daemon.stop()).toBe(0);
    });
  }
});
