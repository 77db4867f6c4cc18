// `stop`: asks the daemon to stop and waits until it has.

import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { isAlive } from '../../core/alive.ts';
import { LakeError, systemCode } from '../../core/errors.ts';
import { settingsOf, type Cli } from '../cli.ts';
import { readDaemonFile } from '../daemon-file.ts';
import { say } from '../io.ts';
import { noDaemon, openDaemonClient } from '../open-client.ts';
import { wholeNumber } from '../option-values.ts';

const POLL_MS = 50;
const GRACE_MS = 2000;

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
      terminate(pid);
      const deadline = cli.io.now() + options.timeout * 1000;
      while (isAlive(pid) && readDaemonFile(settings.dataDir)?.pid === pid) {
        if (cli.io.now() > deadline) {
          throw new LakeError('unavailable', `The daemon (pid ${pid}) has not stopped after ${options.timeout} s.`, { hint: `It may be writing still: wait with --timeout, or end it with "kill -9 ${pid}"; nothing acknowledged is lost.` });
        }
        await sleep(POLL_MS);
      }
      // Removing daemon.json is its last act; but whoever started it may be slow to take note of its end.
      for (let waitedMs = 0; isAlive(pid) && waitedMs < GRACE_MS; waitedMs += POLL_MS) await sleep(POLL_MS);
      say(cli.io, `Stopped (pid ${pid}).`);
    });
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (systemCode(error) === 'EPERM') throw new LakeError('forbidden', `The daemon (pid ${pid}) belongs to another user.`, { hint: 'Stop it as that user.', cause: error });
    // Gone meanwhile is stopped too.
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}
