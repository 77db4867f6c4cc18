// `stop`: asks the daemon to stop and waits until it has.

import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { LakeError, systemCode } from '../../core/errors.ts';
import { settingsOf, type Cli } from '../cli.ts';
import { readDaemonFile } from '../daemon-file.ts';
import { say } from '../io.ts';
import { noDaemon, openDaemonClient } from '../open-client.ts';
import { wholeNumber } from '../option-values.ts';

const POLL_MS = 50;

export function addStop(program: Command, cli: Cli): void {
  const command = program.command('stop').helpGroup('Run:').description('stop the daemon; what was acknowledged is kept')
    .addOption(new Option('--timeout <SECONDS>', 'how long to wait until it has stopped').default(15).argParser(wholeNumber(1, 3600)))
    .action(async (options: { timeout: number }) => {
      const settings = settingsOf(cli, command);
      const client = await openDaemonClient(settings);
      // A daemon.json whose daemon does not answer was left by a crash; its pid may be anybody's now.
      if (client === null) throw noDaemon(settings);
      const { pid } = client.daemon;
      await client.close();
      signal(pid, 'SIGTERM');
      const deadline = cli.io.now() + options.timeout * 1000;
      while (signal(pid, 0) && readDaemonFile(settings.dataDir)?.pid === pid) {
        if (cli.io.now() > deadline) {
          throw new LakeError('unavailable', `The daemon (pid ${pid}) has not stopped after ${options.timeout} s.`, { hint: `It may be writing still: wait with --timeout, or end it with "kill -9 ${pid}"; nothing acknowledged is lost.` });
        }
        await sleep(POLL_MS);
      }
      while (signal(pid, 0) && cli.io.now() <= deadline) await sleep(POLL_MS);
      say(cli.io, `Stopped (pid ${pid}).`);
    });
}

/** False where the process is gone. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
    if (systemCode(error) === 'EPERM') throw new LakeError('forbidden', `The daemon (pid ${pid}) belongs to another user.`, { hint: 'Stop it as that user.', cause: error });
    throw error;
  }
}
