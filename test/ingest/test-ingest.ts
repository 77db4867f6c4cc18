// An Ingest over a folder of its own, with everything it needs.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/core/time/clock.ts';
import type { CommitSink } from '../../src/core/commit-op.ts';
import type { Logger } from '../../src/core/logger.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import type { IngestSettings } from '../../src/ingest/ingest.ts';
import { Problems } from '../../src/ingest/problems.ts';

export const silentLogger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const noFields = { jsonl: { id: null, time: null, type: null, session: null, text: null, parent: null } };

/** Calls `use` with a folder that goes afterwards. */
export async function withFolder<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'sessionlake-ingest-'));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export interface Started {
  ingest: Ingest;
  problems: Problems;
}

/** Sweeps only when asked, unless it watches. */
export function newIngest(root: string, sink: CommitSink, more: Partial<IngestSettings> = {}): Started {
  const problems = new Problems(systemClock);
  const settings: IngestSettings = {
    roots: [{ source: 'claude-code', path: root }], dataDir: tmpdir(), lineMaxBytes: 64 * 1024 * 1024, sweepMs: 3_600_000, threads: 1, minFreeBytes: 0, watch: false,
    adapterOptions: noFields, commitRetryMs: 1, ...more,
  };
  return { ingest: new Ingest(settings, { sink, problems, logger: silentLogger, clock: systemClock }), problems };
}

/** Looks until a look finds nothing more. `revision` grows with what is stored. */
export async function rest(ingest: Ingest, revision: () => string | number): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    const before = revision();
    await ingest.sweep();
    await ingest.caughtUp();
    // What a look at a single name finds comes a moment later.
    await sleep(2);
    await ingest.caughtUp();
    quiet = revision() === before ? quiet + 1 : 0;
  }
}
