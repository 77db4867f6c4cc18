// What every command is given: the outside world, its settings, and ways to ask the lake.

import type { Command } from 'commander';
import type { Settings } from '../core/settings/settings.ts';
import type { ApiClient } from './api-client.ts';
import { loadSettings, type LoadedSettings } from './config-file.ts';
import type { DaemonModule } from '../daemon/port.ts';
import { say, type Io } from './io.ts';
import { openClient } from './open-client.ts';
import { printable } from './printable.ts';
import { settingFlags } from './setting-options.ts';
import { styleOf, type Style } from './style.ts';

export interface Cli {
  io: Io;
  /** Colours for standard output. */
  style: Style;
  loadDaemon: () => Promise<DaemonModule>;
}

export function cliOf(io: Io, loadDaemon: () => Promise<DaemonModule>): Cli {
  return { io, style: styleOf(io, io.stdout), loadDaemon };
}

export function loadedSettings(cli: Cli, command: Command): LoadedSettings {
  const loaded = loadSettings(cli.io, settingFlags(command));
  for (const warning of loaded.warnings) say(cli.io, `${styleOf(cli.io, cli.io.stderr).yellow('warning:')} ${printable(warning)}`);
  return loaded;
}

export function settingsOf(cli: Cli, command: Command): Settings {
  return loadedSettings(cli, command).settings;
}

/** Asks the daemon, or the index where none runs; closes the client whatever happens. */
export async function withClient<T>(cli: Cli, command: Command, ask: (client: ApiClient, settings: Settings) => Promise<T>): Promise<T> {
  const settings = settingsOf(cli, command);
  const client = await openClient(settings, cli.loadDaemon);
  try {
    return await ask(client, settings);
  } finally {
    await client.close();
  }
}
