// What each type of job does, as the daemon does it aside and as the command line does it without one.

import type { ArchiveResult } from '../archive/archive-passes.ts';
import type { CompactResult } from '../archive/compact-parts.ts';
import { verifyArchive } from '../archive/verify.ts';
import type { DataPaths } from './data-dir.ts';
import { repair } from './reconcile/repair.ts';
import { exportIntoFile } from './export-job.ts';
import { sqlIntoFile } from './sql-job.ts';
import type { Engine } from './engine.ts';
import type { JobHandlers } from './jobs.ts';
import type { ArchiveCompactResult, ArchiveRunResult } from './port.ts';

export function jobHandlers(engine: Engine, paths: DataPaths): JobHandlers {
  return {
    archive_run: async ({ all }, signal, onProgress) =>
      archiveSummary(await engine.archiver.run({ all, signal, onProgress: (at) => onProgress({ done: at.sourceBytes, total: at.sourceBytesTotal, unit: 'bytes' }) })),
    archive_verify: (_request, signal, onProgress) =>
      verifyArchive(paths.archive, engine.manifest, { signal, onProgress: (at) => onProgress({ done: at.parts, total: at.partsTotal, unit: 'parts' }) }),
    archive_compact: async (_request, signal, onProgress) =>
      compactSummary(await engine.archiver.compact({ signal, onProgress: (at) => onProgress({ done: at.parts, total: at.partsTotal, unit: 'parts' }) })),
    export: (request, signal, onProgress) => exportIntoFile({ questions: engine.lake, dir: paths.exports, tempDir: paths.temp }, request, signal, onProgress),
    sql: (request, signal, onProgress) => sqlIntoFile({ sql: engine.sql, dir: paths.exports, tempDir: paths.temp }, request, signal, onProgress),
    reconcile: async (_request, signal) => (await engine.reconciler.check(true, signal)).answer,
    repair: (_request, signal, onProgress) => repair({ ...engine, archiveDir: paths.archive }, signal, (done, total) => onProgress({ done, total, unit: 'steps' })),
  };
}

/** Throws why a part could not be made; those that were stay. */
export function archiveSummary(result: ArchiveResult): ArchiveRunResult {
  if (result.failure !== null) throw result.failure;
  return { parts: result.parts, rows: result.rows, sessions: result.sessions, bytes: result.bytes, source_bytes: result.sourceBytes };
}

function compactSummary(result: CompactResult): ArchiveCompactResult {
  const { merged, parts, rows, bytesBefore, bytesAfter, skipped } = result;
  return { merged, parts, rows, bytes_before: bytesBefore, bytes_after: bytesAfter, skipped };
}
