// `npm run bench`: see bench/README.md, or --help.

import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkCommand } from './check.ts';
import { generateCommand } from './generator/command.ts';
import { installPeers } from './peers/programs.ts';
import { ArgumentError, HELP, parseArguments } from './support/arguments.ts';
import type { Arguments } from './support/arguments.ts';
import { changesTable } from './support/compare.ts';
import { benchNames, loadBench } from './support/discover.ts';
import { withResults } from './support/docs-page.ts';
import { machineLine } from './support/machine.ts';
import { plotOf } from './support/plot.ts';
import { loadResults, saveResults } from './support/results.ts';
import type { Results } from './support/results.ts';
import { tableOf } from './support/table.ts';

const RESULTS = fileURLToPath(new URL('results', import.meta.url));

async function main(args: Arguments): Promise<number> {
  if (args.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (args.peers) installPeers();
  if (args.check) return checkCommand(args.update);
  const results = args.results === null ? await measured(args) : loadResults(args.results);
  if (args.compare !== null) process.stdout.write(`${changesTable(loadResults(args.compare), results, args.margin)}\n`);
  if (args.docs !== null) writeDocs(args.docs, results);
  return 0;
}

/** The page, and the picture beside it. */
function writeDocs(path: string, results: Results): void {
  const picture = path.replace(/\.md$/, '') + '.svg';
  writeFileSync(path, withResults(readFileSync(path, 'utf8'), results, basename(picture)));
  writeFileSync(picture, plotOf(results.results));
  process.stdout.write(`Written: ${path}, ${picture}\n`);
}

async function measured({ names, quick, out }: Arguments): Promise<Results> {
  const run: Results = { machine: machineLine(), date: '', quick, results: [] };
  const path = out ?? join(RESULTS, `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json`);
  process.stdout.write(`${run.machine}\n\n`);
  for (const name of names.length === 0 ? benchNames() : names) {
    const result = { name, ...(await (await loadBench(name))(quick)) };
    run.results.push(result);
    run.date = new Date().toISOString();
    process.stdout.write(`${tableOf(result)}\n\n`);
    // After each: what was measured stays when a later bench fails.
    saveResults(path, run);
  }
  process.stdout.write(`As JSON: ${path}\n`);
  return run;
}

const argv = process.argv.slice(2);
try {
  process.exitCode = argv[0] === 'generate' ? await generateCommand(argv.slice(1)) : await main(parseArguments(argv, benchNames()));
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error;
  process.stderr.write(`${error.message}\nTry --help.\n`);
  process.exitCode = 2;
}
