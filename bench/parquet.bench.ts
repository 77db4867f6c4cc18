// From indexed logs to verified, synced Parquet parts by the whole process, beside DuckDB's own COPY of the
// same files and parquetjs-lite, in turn.

import { cpSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { peer } from './peers/peer.ts';
import type { PeerName } from './peers/peer.ts';
import { contenderOf, inTurn } from './support/contest.ts';
import type { BenchResult } from './support/figures.ts';
import { BenchLake } from './support/lake.ts';
import { logsOf } from './support/logs.ts';

const OURS = 'sessionlake start --once --archive';
const COPY: PeerName = 'DuckDB COPY to Parquet';

export async function parquetBench(quick = false): Promise<BenchResult> {
  const rounds = quick ? 2 : 3;
  const { root, truth } = await logsOf({ seed: 1, shape: 'mixed', targetBytes: quick ? 40e6 : 300e6 });
  const lake = new BenchLake(root);
  try {
    await lake.indexOnce(['--no-archive']);
    const indexed = join(lake.dir, 'indexed');
    cpSync(lake.dataDir, indexed, { recursive: true });
    const archive = async () => {
      rmSync(lake.dataDir, { recursive: true });
      cpSync(indexed, lake.dataDir, { recursive: true });
      return lake.runOnce(['--archive']);
    };
    const contest = await inTurn('indexed logs to Parquet', truth.bytes, rounds, [
      { name: OURS, ours: true, run: archive },
      peer(COPY, root),
      peer('parquetjs-lite', root),
    ]);
    const bytes = parquetBytes(join(lake.dataDir, 'archive'));
    if (bytes === 0) throw new Error('nothing was archived');
    const ours = contenderOf(contest, OURS);
    return {
      bench: `archive: ${(truth.bytes / 1e6).toFixed(0)} MB, ${truth.lines} lines, ${truth.log_files} files`,
      contests: [contest],
      figures: [
        { name: 'logs archived per CPU second', value: truth.bytes / 1e6 / ours.cpuSeconds, unit: 'MB/s' },
        { name: `sessionlake : ${COPY}, CPU`, value: ours.cpuSeconds / contenderOf(contest, COPY).cpuSeconds, unit: '×' },
        { name: 'logs : their Parquet parts, bytes', value: truth.bytes / bytes, unit: '×' },
      ],
      notes: ['Ours is the whole process over an index that is there: start, reading each line again, Parquet, reading every part back and comparing it, fsync. The others only write.'],
    };
  } finally {
    await lake.remove();
  }
}

function parquetBytes(dir: string): number {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
  return names.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}
