// Killed at any moment, the archive ends with every line once: what was listed is whole, what was not
// is made again, and nothing half done is left where a reader would see it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { verifyArchive } from '../../src/archive/verify.ts';
import { CRASH_FILES, crashContent, manifestOf } from './crash-child.ts';
import { itemOf, query, restoredFiles } from './test-lake.ts';

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
const KILLS = 6;
const dir = mkdtempSync(join(tmpdir(), 'archive-crash-'));
const archiveDir = join(dir, 'archive');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Runs the child and kills it `killAfterMs` after it began to archive. Returns its exit code. */
async function runChild(killAfterMs: number | null): Promise<number | null> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  if (killAfterMs !== null) {
    await once(child.stdout, 'data');
    await sleep(killAfterMs);
    child.kill('SIGKILL');
  }
  return (await exit)[0];
}

it('holds every line once after six kills', async () => {
  for (let i = 0; i < KILLS; i++) {
    await runChild(100 + Math.random() * 500);
    // Killed before its name was final, a part shows nowhere; listed, it is sound.
    const { problems } = await verifyArchive(archiveDir, { parts: async () => manifestOf(dir).map(itemOf) });
    expect(problems).toEqual([]);
  }
  expect(await runChild(null)).toBe(0);
  expect(existsSync(join(dir, 'done'))).toBe(true);
  const restored = await restoredFiles(archiveDir);
  expect(restored.size).toBe(CRASH_FILES);
  for (let i = 0; i < CRASH_FILES; i++) expect(restored.get(`f${i + 1}`)?.toString('utf8') === crashContent(i)).toBe(true);
  expect(await query(archiveDir, 'SELECT count(*)::INT AS n, count(DISTINCT "offset")::INT AS offsets FROM parts')).toEqual([{ n: CRASH_FILES * 300, offsets: CRASH_FILES * 300 }]);
  const names = readdirSync(archiveDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => entry.name);
  expect(names.filter((name) => !name.endsWith('.parquet') && !name.endsWith('.unlisted'))).toEqual([]);
  expect(names.filter((name) => name.endsWith('.parquet'))).toHaveLength(manifestOf(dir).length);
}, 60_000);
