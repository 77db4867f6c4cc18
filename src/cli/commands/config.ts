// `config`: each setting, its value and where it came from. Takes every setting as a flag, so that it
// shows what `start` would see.

import type { Command } from 'commander';
import { fileKeyOf, originText, SETTING_KEYS, SETTINGS, shownValue, variableOf, type SettingKey } from '../../core/settings/settings.ts';
import { loadedSettings, type Cli } from '../cli.ts';
import type { LoadedSettings } from '../config-file.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { jsonOption } from '../option-values.ts';
import { addSettingOptions } from '../setting-options.ts';
import { renderTable } from '../table.ts';

export function addConfig(program: Command, cli: Cli): void {
  const command = program.command('config').helpGroup('Set up:').description('show every setting, its value and where it came from')
    .addOption(jsonOption())
    .addHelpText('after', `
A setting is a flag (--data-dir), an environment variable (SESSIONLAKE_DATA_DIR) and a key of
the config file (data_dir); the flag counts before the variable, the variable before the file.

Example of a config file:
  {"port": 8080, "roots": ["claude-code=~/.claude/projects", "jsonl=~/logs"], "archive_idle_minutes": 30}`);
  addSettingOptions(command, 'daemon', cli.io);
  command.action(async (options: { json?: true }) => {
    const loaded = loadedSettings(cli, command);
    if (options.json === true) return writeJson(cli.io, configDocument(loaded));
    await writeLine(cli.io, configTable(cli, loaded));
    return say(cli.io, loaded.configFound ? `\nConfig file: ${loaded.settings.config}` : `\nThere is no config file; it would be ${loaded.settings.config}`);
  });
}

function configDocument({ settings, origins, configFound }: LoadedSettings): object {
  return {
    config_file: { path: settings.config, exists: configFound },
    settings: SETTING_KEYS.map((key) => ({
      key: fileKeyOf(key),
      value: SETTINGS[key].secret === true && settings[key] !== null ? '(hidden)' : settings[key],
      origin: origins[key].from,
      from: originText(origins[key]),
      flag: `--${SETTINGS[key].name}`,
      variable: variableOf(key),
      accepts: SETTINGS[key].kind.accepts,
      help: SETTINGS[key].help,
    })),
  };
}

function configTable({ io, style }: Cli, { settings, origins }: LoadedSettings): string {
  return renderTable<SettingKey>([
    { title: 'SETTING', text: fileKeyOf, paint: style.cyan },
    { title: 'VALUE', text: (key) => shownValue(key, settings[key]), shrinkTo: 16 },
    { title: 'FROM', text: (key) => originText(origins[key]), shrinkTo: 16, paint: (text, key) => (origins[key].from === 'default' ? style.dim(text) : text) },
    { title: 'WHAT IT IS', text: (key) => SETTINGS[key].help, shrinkTo: 16, optional: true, paint: style.dim },
  ], SETTING_KEYS, style, widthOf(io.stdout));
}
