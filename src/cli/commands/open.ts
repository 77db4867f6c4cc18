// `open`: the daemon's web address in a browser, signed in. The address holds a code that is good once, for a
// minute, never the token: it may stand in a history, a log or a list of processes.

import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { settingsOf, type Cli } from '../cli.ts';
import { say, writeJson, writeLine, type Io } from '../io.ts';
import { noDaemon, openDaemonClient } from '../open-client.ts';
import { jsonOption } from '../option-values.ts';
import { printable } from '../printable.ts';

interface OpenOptions {
  browser: boolean;
  json?: true;
}

export function addOpen(program: Command, cli: Cli): void {
  const command = program.command('open').helpGroup('Look:').description("open the daemon's web page in a browser, signed in")
    .option('--no-browser', 'print the address instead')
    .addOption(jsonOption())
    .action(async (options: OpenOptions) => openPage(cli, command, options));
}

async function openPage(cli: Cli, command: Command, { browser, json }: OpenOptions): Promise<void> {
  const settings = settingsOf(cli, command);
  const client = await openDaemonClient(settings);
  if (client === null) throw noDaemon(settings);
  try {
    const { path, expires_at: expiresAt } = await client.post<{ path: string; expires_at: string }>('/api/login', {});
    const url = new URL(path, client.daemon.url).href;
    const opened = browser && (await launched(browserCommand(cli.io, url)));
    if (json === true) return await writeJson(cli.io, { url, expires_at: expiresAt, opened });
    if (opened) return say(cli.io, `Opened ${printable(new URL('/docs', client.daemon.url).href)}`);
    say(cli.io, browser ? 'There is no browser to open here. The address is good once, for a minute:' : 'Good once, for a minute:');
    return await writeLine(cli.io, url);
  } finally {
    await client.close();
  }
}

/** Null where none can be shown. */
function browserCommand({ env, platform }: Io, url: string): [string, string[]] | null {
  const chosen = env['BROWSER'];
  if (chosen !== undefined && chosen !== '') return [chosen, [url]];
  if (platform === 'darwin') return ['open', [url]];
  if (platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler', url]];
  const hasScreen = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((screen) => screen !== undefined && screen !== '');
  return hasScreen ? ['xdg-open', [url]] : null;
}

function launched(command: [string, string[]] | null): Promise<boolean> {
  if (command === null) return Promise.resolve(false);
  const [program, args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
