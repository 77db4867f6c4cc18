// Runs one command line to its exit code. Every error ends here: shown once, with what to do about it.

import { CommanderError } from 'commander';
import { EXIT, LakeError, messageOf, type ExitCode } from '../core/errors.ts';
import { cliOf } from './cli.ts';
import type { DaemonModule } from '../daemon/port.ts';
import { say, type Io } from './io.ts';
import { loadDaemon as loadRealDaemon } from './load-daemon.ts';
import { printableLines } from './printable.ts';
import { buildProgram } from './program.ts';
import { styleOf } from './style.ts';

export async function run(args: readonly string[], io: Io, loadDaemon: () => Promise<DaemonModule> = loadRealDaemon): Promise<ExitCode> {
  const program = buildProgram(cliOf(io, loadDaemon));
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has already said what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    showError(io, error, args.includes('--verbose'));
    return error instanceof LakeError ? error.exitCode : EXIT.failed;
  }
}

function showError(io: Io, error: unknown, verbose: boolean): void {
  const style = styleOf(io, io.stderr);
  say(io, `${style.red('error:')} ${printableLines(messageOf(error))}`);
  const hint = error instanceof LakeError ? error.hint : 'This is a fault of sessionlake, or of the machine: --verbose shows where it came from.';
  if (hint !== undefined) say(io, `${style.dim('hint:')} ${printableLines(hint)}`);
  if (!verbose) return;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) say(io, style.dim(printableLines(cause.stack ?? cause.message)));
}
