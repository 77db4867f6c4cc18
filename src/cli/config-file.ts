// Reads the config file and settles every setting from it, the flags and the environment.

import { readFileSync } from 'node:fs';
import { LakeError, systemCode } from '../core/errors.ts';
import { configFileOf, resolveWithOrigins, type ResolvedSettings, type SettingsInput } from '../core/settings/settings.ts';
import type { Io } from './io.ts';

export interface LoadedSettings extends ResolvedSettings {
  /** Whether there is a config file. */
  configFound: boolean;
}

export function loadSettings(io: Io, flags: Readonly<Record<string, unknown>>): LoadedSettings {
  const input = { flags, env: io.env, platform: io.platform, home: io.home, cwd: io.cwd };
  const file = readConfigFile(configFileOf(input));
  return { ...resolveWithOrigins({ ...input, file }), configFound: file !== null };
}

function readConfigFile({ path, named }: { path: string; named: boolean }): SettingsInput['file'] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (!named && (code === 'ENOENT' || code === 'ENOTDIR')) return null;
    throw new LakeError('config', `The config file ${path} cannot be read: ${reason(code)}.`, {
      hint: named ? 'Give --config the path of a JSON file.' : 'Make it readable, or name another one with --config.', cause: error,
    });
  }
  return { path, values: parseConfig(text.replace(/^\uFEFF/, ''), path) };
}

/** The keys of a config file. Throws `config` with line and column where it is not JSON. */
function parseConfig(text: string, path: string): Record<string, unknown> {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    const { position, what } = explain(error, text);
    throw new LakeError('config', `The config file ${path} is not valid JSON at ${position}: ${what}.`, {
      hint: 'It must hold one JSON object, e.g. {"port": 7433}; JSON takes neither comments nor a comma after the last entry.', cause: error,
    });
  }
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as Record<string, unknown>;
  throw new LakeError('config', `The config file ${path} holds no JSON object.`, { hint: 'It must hold one JSON object, e.g. {"port": 7433}.' });
}

function explain(error: unknown, text: string): { position: string; what: string } {
  const message = error instanceof Error ? error.message : String(error);
  const at = Number(/ at position (\d+)/.exec(message)?.[1] ?? text.length);
  const before = text.slice(0, at).split('\n');
  const what = message.replace(/(?: in JSON)? at position \d+.*$/s, '').replace(/, (?:\.\.\.)?".*" is not valid JSON$/s, '');
  return { position: `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`, what };
}

function reason(code: string | undefined): string {
  switch (code) {
    case 'ENOENT': return 'it does not exist';
    case 'EACCES': return 'permission denied';
    case 'EISDIR': return 'it is a folder';
    default: return code ?? 'unknown error';
  }
}
