// What the ledger costs ingest: scanning and committing the same logs with the ledger and without it, in turn, in
// this process, and what of a first index that is. Without it no call is looked up, folded or stored, and no usage
// summed; all else is the same.

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SegmentOp } from '../src/core/commit-op.ts';
import type { FileEntry } from '../src/core/file-entry.ts';
import type { Logger } from '../src/core/logger.ts';
import { CallLedger } from '../src/index/calls/call-ledger.ts';
import { Database } from '../src/index/store/database.ts';
import { IndexWriter } from '../src/index/writer/index-writer.ts';
import { adapterOf } from '../src/sources/registry.ts';
import { scanSegment } from '../src/sources/scan.ts';
import { median } from './support/figures.ts';
import type { BenchResult } from './support/figures.ts';
import { BenchLake } from './support/lake.ts';
import { logsOf } from './support/logs.ts';
import { measureHere } from './support/measure.ts';

const SOURCE = 'claude-code';
/** As in bulk: some files a commit. */
const COMMIT_BYTES = 4 * 1024 * 1024;
const quiet = (): void => undefined;
const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export async function ledgerBench(quick = false): Promise<BenchResult> {
  const { root } = await logsOf({ seed: 5, shape: 'mixed', targetBytes: (quick ? 10 : 100) * 1e6 });
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl')).sort().map((path) => ({ path, bytes: readFileSync(join(root, path)) }));
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  const [withIt, without, indexed]: [number[], number[], number[]] = [[], [], []];
  const lake = new BenchLake(root);
  // One more each, to warm up.
  for (let round = -1; round < (quick ? 2 : 5); round++) {
    const whole = await measureHere(() => ingest(root, files));
    const rest = await withoutLedger(() => measureHere(() => ingest(root, files)));
    const process = await lake.indexOnce();
    if (round < 0) continue;
    indexed.push(process.cpuSeconds);
    withIt.push(whole.cpuSeconds);
    without.push(rest.cpuSeconds);
  }
  await lake.remove();
  const costs = withIt.map((seconds, i) => seconds - (without[i] as number));
  const share = (of: readonly number[]): number => median(costs.map((cost, i) => (cost / (of[i] as number)) * 100));
  return {
    bench: 'ledger: its share of ingest',
    figures: [
      { name: 'scan and commit, all of it', value: bytes / 1e6 / median(withIt), unit: 'MB per CPU s' },
      { name: 'the same without a ledger', value: bytes / 1e6 / median(without), unit: 'MB per CPU s', reference: true },
      { name: 'the ledger’s share of that', value: share(withIt), unit: '%' },
      { name: 'first index, whole process', value: bytes / 1e6 / median(indexed), unit: 'MB per CPU s' },
      { name: 'the ledger’s share of a first index', value: share(indexed), unit: '%', goal: { atMost: 15 } },
    ],
    notes: ['CPU time of the main thread and the database together. Medians of rounds in turn.'],
  };
}

async function ingest(root: string, files: readonly { path: string; bytes: Buffer }[]): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'ledger-bench-'));
  const database = await Database.open({ path: join(dir, 'index.duckdb'), readOnly: false, memoryLimitBytes: 512 * 1024 * 1024, threads: 1, tempDir: join(dir, 'tmp'), logger });
  const writer = new IndexWriter(database, quiet, logger);
  try {
    await writer.start();
    let ops: SegmentOp[] = [];
    let waiting = 0;
    for (const [i, { path, bytes }] of files.entries()) {
      ops.push(segmentOf(i + 1, root, path, bytes));
      waiting += bytes.length;
      if (waiting < COMMIT_BYTES && i < files.length - 1) continue;
      await writer.commit(ops);
      ops = [];
      waiting = 0;
    }
  } finally {
    await writer.close();
    database.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function segmentOf(fileIx: number, root: string, path: string, bytes: Buffer): SegmentOp {
  const scan = scanSegment({
    source: SOURCE, options: { jsonl: { id: null, time: null, type: null, session: null, text: null, parent: null } }, bytes, firstByte: 0, linesBefore: 0, path: { root, path }, state: '', lineMaxBytes: 64 * 1024 * 1024,
  });
  const file: FileEntry = {
    fileIx, source: SOURCE, root, path, project: adapterOf(SOURCE).describe(root, path).project, generation: 0, fingerprint: { dev: '1', ino: String(fileIx), birthMs: 1, headLength: 0, headHash: '', tailHash: '' },
    offset: scan.bytes, lines: scan.lines, rejects: scan.rejects.length, size: bytes.length, modifiedMs: 1, adapterState: scan.state, state: 'present',
  };
  return { kind: 'segment', file, scan, bytes, firstByte: 0, liveFrom: Number.POSITIVE_INFINITY };
}

async function withoutLedger<T>(work: () => Promise<T>): Promise<T> {
  const { add, prepare } = CallLedger.prototype;
  CallLedger.prototype.add = quiet;
  CallLedger.prototype.prepare = async () => undefined;
  try {
    return await work();
  } finally {
    Object.assign(CallLedger.prototype, { add, prepare });
  }
}
