import { defineConfig } from 'vitest/config';

// Black-box tests start daemons: hence processes rather than threads, the generous
// limits, and no more files at once than a small machine has cores.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
});
