// `start`: the daemon, in the foreground; with `--once` it indexes all there is and returns.

import type { Command } from 'commander';
import { LakeError } from '../../core/errors.ts';
import { settingsOf, type Cli } from '../cli.ts';
import { say, writeJson, writeLine } from '../io.ts';
import { jsonOption } from '../option-values.ts';
import { indexProgress } from '../progress.ts';
import { commandText, servingText, summaryText } from '../serving-view.ts';
import { addSettingOptions, settingFlags } from '../setting-options.ts';
import { productVersion } from '../version.ts';

interface StartOptions {
  once?: true;
  json?: true;
}

export function addStart(program: Command, cli: Cli): void {
  const command = program.command('start').helpGroup('Run:').description("run the daemon in the foreground: index, archive and serve agents' sessions")
    .option('--once', 'index all there is, with --archive archive what is due, print a summary and exit')
    .addOption(jsonOption())
    .addHelpText('after', `
Every setting is also an environment variable (--data-dir is SESSIONLAKE_DATA_DIR) and a key of the
config file (data_dir); see "sessionlake config --help".

Examples:
  sessionlake start                              the logs of the agents on this computer
  sessionlake start --root ~/logs/claude         another folder, and only that one
  sessionlake start --root jsonl=/var/log/app    any JSONL
  sessionlake start --once --archive             index and archive, then exit (for cron)`);
  addSettingOptions(command, 'daemon', cli.io);
  command.action(async (options: StartOptions) => start(cli, command, options));
}

async function start(cli: Cli, command: Command, options: StartOptions): Promise<void> {
  const { io, style } = cli;
  const settings = settingsOf(cli, command);
  const daemon = await cli.loadDaemon();
  const progress = await indexProgress(io);
  try {
    if (options.once === true) {
      const summary = await daemon.runOnce(settings, { archive: settingFlags(command)['archive'] === true, progress });
      progress.finish();
      return await (options.json === true ? writeJson(io, summary) : writeLine(io, summaryText(summary, style)));
    }
    await daemon.runDaemon(settings, {
      progress,
      onServing: (serving) => {
        const { dataDir, ...rest } = serving;
        io.stdout.write(options.json === true ? `${JSON.stringify({ ...rest, data_dir: dataDir })}\n` : `${servingText(serving, productVersion(), commandText(io.script, io.cwd), style)}\n`);
      },
    });
    progress.finish();
    say(io, 'Stopped.');
  } catch (error) {
    progress.finish();
    // A pid in the message is what the user needs; what to do about it is the same each time.
    if (error instanceof LakeError && error.code === 'already_running' && error.hint === undefined) {
      throw new LakeError('already_running', error.message, { hint: 'Use the one that runs, stop it with "sessionlake stop", or give another --data-dir.', cause: error });
    }
    throw error;
  }
}
