// The table of settings as flags of commands, and back from what was given to flags by name.

import { Option, type Command } from 'commander';
import { SETTING_KEYS, SETTINGS, shownValue, type SettingKey } from '../core/settings/settings.ts';
import { defaultConfigFile, type Place } from '../core/settings/setting-place.ts';
import type { Io } from './io.ts';

export function addSettingOptions(command: Command, scope: 'client' | 'daemon', io: Io): void {
  for (const key of SETTING_KEYS) {
    if (SETTINGS[key].scope !== scope) continue;
    for (const option of optionsOf(key, io)) command.addOption(option);
  }
}

/** The settings given as flags to the command or to its parents. */
export function settingFlags(command: Command): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  for (let level: Command | null = command; level !== null; level = level.parent) {
    for (const key of SETTING_KEYS) {
      const { name } = SETTINGS[key];
      const attribute = attributeOf(name);
      if (level.getOptionValueSource(attribute) !== 'cli') continue;
      flags[name] = isNegative(name) ? level.getOptionValue(attribute) === false : level.getOptionValue(attribute);
    }
  }
  return flags;
}

function optionsOf(key: SettingKey, io: Io): Option[] {
  const { name, kind, help } = SETTINGS[key];
  if (isNegative(name)) return [new Option(`--${name}`, help)];
  if (kind.placeholder === '') return [new Option(`--${name}`, help), new Option(`--no-${name}`, `do not ${help}`)];
  const shown = defaultText(key, io);
  const option = new Option(`--${name} <${kind.placeholder}>`, shown === null ? help : `${help} (default: ${shown})`);
  if (SETTINGS[key].repeat === true) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return [option];
}

function defaultText(key: SettingKey, io: Io): string | null {
  const place: Place = { platform: io.platform, home: io.home, env: io.env, base: null };
  if (key === 'config') return defaultConfigFile(place);
  const shown = shownValue(key, SETTINGS[key].fallback(place));
  return shown === '-' || shown === '(hidden)' ? null : shown;
}

function isNegative(name: string): boolean {
  return name.startsWith('no-');
}

/** As commander derives it: `--data-dir` is dataDir, `--no-auth` is auth. */
function attributeOf(name: string): string {
  return name.replace(/^no-/, '').replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
