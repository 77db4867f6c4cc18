// The command line as a whole: every command, the flags all of them take, and help that teaches.

import { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addArchive } from './commands/archive.ts';
import { addConfig } from './commands/config.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExport } from './commands/export.ts';
import { addImport } from './commands/import.ts';
import { addLedger } from './commands/ledger.ts';
import { addLogs } from './commands/logs.ts';
import { addOpen } from './commands/open.ts';
import { addProfile } from './commands/profile.ts';
import { addRejects } from './commands/rejects.ts';
import { addRestore } from './commands/restore.ts';
import { addSearch } from './commands/search.ts';
import { addSession } from './commands/session.ts';
import { addSessions } from './commands/sessions.ts';
import { addSql } from './commands/sql.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addStatusline } from './commands/statusline.ts';
import { addStop } from './commands/stop.ts';
import { addTail } from './commands/tail.ts';
import { addToken } from './commands/token.ts';
import { addTree } from './commands/tree.ts';
import { addUsage } from './commands/usage.ts';
import { addSettingOptions } from './setting-options.ts';
import { styleOf } from './style.ts';
import { productVersion } from './version.ts';

const HELP = `
Begin with two terminals:
  sessionlake start                 in the first: finds the logs of your agents, indexes and serves them
  sessionlake tail                  in the second: what your agents do, as they do it

Then:
  sessionlake sessions              every session, newest first
  sessionlake session 3f2a91c0      one of them; tree 3f2a91c0 shows its subagents
  sessionlake usage                 tokens and cost by day; usage blocks, usage session, …
  sessionlake export -o all.ndjson  everything, for your own programs

Commands that read also work while no daemon runs. --json gives what the API gives.
Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 no daemon, 4 nothing found.
"sessionlake COMMAND --help" shows a command's flags and examples.`;

export function buildProgram(cli: Cli): Command {
  const { io } = cli;
  const style = styleOf(io, io.stderr);
  const program = new Command('sessionlake')
    .description('Tails the logs of coding agents, keeps them for ever in an open format, and shows what happens now.')
    .version(productVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option('--verbose', 'with errors, show where they came from')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, style.red('error:'))),
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(true)
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', HELP);
  addSettingOptions(program, 'client', io);
  for (const add of [addStart, addStop, addStatus, addTail, addSessions, addSession, addTree, addLedger, addUsage, addSearch, addSql, addStatusline, addRejects, addExport, addArchive, addRestore, addDoctor, addImport, addToken, addConfig, addLogs, addOpen, addProfile]) add(program, cli);
  return program;
}
