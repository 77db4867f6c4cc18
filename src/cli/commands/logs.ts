// `logs`: what the daemon wrote into its own log lately, and with -f what it writes from now on.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { LogLine, LogPage } from '../../core/answers/diagnostics.ts';
import { settingsOf, type Cli } from '../cli.ts';
import { writeLine } from '../io.ts';
import { noDaemon, openDaemonClient } from '../open-client.ts';
import { jsonOption, wholeNumber } from '../option-values.ts';
import { printable } from '../printable.ts';

const LINES_MAX = 10_000;
const LOOK_MS = 1000;

interface LogsOptions {
  lines: number;
  follow?: true;
  json?: true;
}

export function addLogs(program: Command, cli: Cli): void {
  const command = program.command('logs').helpGroup('Run:').description("show the daemon's own log")
    .addOption(new Option('-n, --lines <NUMBER>', 'how many of the last').default(100).argParser(wholeNumber(1, LINES_MAX)))
    .option('-f, --follow', 'go on with what is written from now on')
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake logs -n 20
  sessionlake logs -f --json`)
    .action(async (options: LogsOptions) => logs(cli, command, options));
}

async function logs(cli: Cli, command: Command, { lines, follow, json }: LogsOptions): Promise<void> {
  const settings = settingsOf(cli, command);
  const client = await openDaemonClient(settings);
  if (client === null) throw noDaemon(settings, 'The log is kept by the daemon, and none is running');
  const stop = AbortSignal.any([cli.io.closed, ...(follow === true ? [cli.io.interrupted()] : [])]);
  try {
    let page = await client.get<LogPage>('/api/logs', { tail: lines });
    let last = 0;
    for (;;) {
      for (const line of page.items) await writeLine(cli.io, json === true ? JSON.stringify(line) : lineText(cli, line));
      last = page.items.at(-1)?.number ?? last;
      if (follow !== true || stop.aborted) return;
      await sleep(LOOK_MS, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) return;
      page = await client.get<LogPage>('/api/logs', { tail: LINES_MAX, after: last });
    }
  } finally {
    await client.close();
  }
}

function lineText({ style }: Cli, { time, level, message, fields }: LogLine): string {
  const paint = level === 'error' || level === 'fatal' ? style.red : level === 'warn' ? style.yellow : style.dim;
  const rest = Object.keys(fields).length === 0 ? '' : ` ${style.dim(printable(JSON.stringify(fields)))}`;
  return `${style.dim(time)} ${paint(level.padEnd(5))} ${printable(message)}${rest}`;
}
