import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((name) => join('test', name)).filter((file) => file.endsWith('.test.ts'));
/** Those that put something else in the place of a module: others must not get it, nor they what others loaded. */
const alone = files.filter((file) => /^vi\.mock\(/m.test(readFileSync(file, 'utf8')));

// Black-box tests start daemons: hence processes rather than threads, the generous
// limits, and no more files at once than a small machine has cores.
const limits = { pool: 'forks', testTimeout: 30_000, hookTimeout: 60_000, teardownTimeout: 10_000 } as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      // A process of its own for each file costs more than many a file's tests.
      { test: { ...limits, name: 'together', include: ['test/**/*.test.ts'], exclude: alone, isolate: false } },
      { test: { ...limits, name: 'alone', include: alone } },
    ],
  },
});
