#!/usr/bin/env node
import { existsSync } from 'node:fs';

// Stack traces in terms of src; reading the maps takes too long to do it for every start.
if (process.argv.includes('--verbose')) process.setSourceMapsEnabled(true);

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('sessionlake is not built yet: run "npm ci && npm run build" in its folder, then try again.\n');
  process.exitCode = 1;
}
