#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { runWithCode } from './cached-script.js';

const main = fileURLToPath(new URL('../dist/cli/main.cjs', import.meta.url));
if (!existsSync(main)) {
  process.stderr.write('sessionlake is not built yet: run "npm ci && npm run build" in its folder, then try again.\n');
  process.exitCode = 1;
} else if (process.argv.includes('--verbose')) {
  // Stack traces in terms of src; reading the maps takes too long to do it for every start.
  process.setSourceMapsEnabled(true);
  createRequire(main)(main);
} else {
  runWithCode(main);
}
