// The command line of the benches.

import { parseArgs } from 'node:util';
import { DEFAULT_MARGIN } from './compare.ts';

export const HELP = `Measures, beside references in the same run.

  npm run bench -- [NAME…] [flags]            all benches, or those named
  npm run bench -- generate DIR [flags]       writes generated logs (generate --help)
  npm run bench -- --check                    the short form: ratios to references against bench/baseline.json

  --quick             small sizes and few rounds: for a first look, not for figures to quote
  --out FILE          where the results go as JSON (bench/results/TIME.json)
  --results FILE      takes these results instead of measuring
  --compare FILE      says what changed since those results
  --margin FACTOR     what counts as changed (${DEFAULT_MARGIN})
  --write-docs FILE   writes tables and plot of the results into that page
  --peers             first installs the programs to compare with into bench/.cache
  --check --update    writes the ratios measured now into bench/baseline.json
  --help              this text
`;

export interface Arguments {
  names: string[];
  quick: boolean;
  out: string | null;
  results: string | null;
  compare: string | null;
  margin: number;
  docs: string | null;
  peers: boolean;
  check: boolean;
  update: boolean;
  help: boolean;
}

export class ArgumentError extends Error {}

/** Throws an ArgumentError that names what is wrong. */
export function parseArguments(args: string[], known: readonly string[]): Arguments {
  const { values, positionals: names } = parsed(args);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new ArgumentError(`There is no bench named ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  const margin = Number(values.margin ?? DEFAULT_MARGIN);
  if (!(margin >= 1)) throw new ArgumentError(`--margin ${values.margin ?? ''} must be a factor of at least 1`);
  if (values.update === true && values.check !== true) throw new ArgumentError('--update belongs to --check');
  return {
    names, margin, quick: values.quick ?? false, out: values.out ?? null, results: values.results ?? null, compare: values.compare ?? null,
    docs: values['write-docs'] ?? null, peers: values.peers ?? false, check: values.check ?? false, update: values.update ?? false, help: values.help ?? false,
  };
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { quick: flag, out: text, results: text, compare: text, margin: text, 'write-docs': text, peers: flag, check: flag, update: flag, help: flag },
    });
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}
