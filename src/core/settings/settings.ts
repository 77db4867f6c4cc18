// Every setting there is, in one table. Flags, environment variables, keys of the config file,
// `sessionlake config` and the documentation all come from it. Validated once and frozen; a
// flag or key that is not known is an error, a variable a warning. Precedence: flag, environment, config file, default.

import { LakeError } from '../errors.ts';
import {
  booleanKind, bytesKind, bytesText, choiceKind, hostKind, numberKind, pathKind, pointerKind, tokenKind, type Kind,
} from './setting-kind.ts';
import { defaultConfigFile, defaultDataDir, pathsOf, type Place } from './setting-place.ts';
import { rootsKind, splitRoots, type RootSetting } from './setting-root.ts';
import { GROUPINGS } from '../answers/grouping.ts';
import { METRICS } from '../answers/series.ts';
import { pointersKind, type NamedPointer } from './setting-pointers.ts';
import { nearest } from './setting-suggest.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

const VARIABLE_PREFIX = 'SESSIONLAKE_';

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export interface SettingSpec<T> {
  /** The flag without its dashes; the variable and the config key come from it. */
  name: string;
  kind: Kind<T>;
  fallback: (place: Place) => T;
  help: string;
  /** `client`: every command takes the flag; `daemon`: only those that may index or archive. */
  scope: 'client' | 'daemon';
  /** Never shown, neither in `config` nor in messages and logs. */
  secret?: true;
  /** May be given several times. */
  repeat?: true;
}

const spec = <T>(setting: SettingSpec<T>): SettingSpec<T> => setting;

function seconds(max: number): Kind<number> {
  return numberKind({ min: 0.1, max, whole: false });
}

function field(name: string, help: string, without = 'its usual names are tried'): SettingSpec<string | null> {
  return { name, kind: pointerKind, fallback: () => null, help: `jsonl source: where ${help} stands in a line (default: ${without})`, scope: 'daemon' };
}

export const SETTINGS = {
  config: spec<string>({ name: 'config', kind: pathKind, fallback: defaultConfigFile, help: 'the config file, JSON', scope: 'client' }),
  dataDir: spec<string>({ name: 'data-dir', kind: pathKind, fallback: defaultDataDir, help: 'where index, archive and token are kept', scope: 'client' }),
  token: spec<string | null>({ name: 'token', kind: tokenKind, fallback: () => null, help: 'the API token (default: made and kept in the data directory)', scope: 'client', secret: true }),
  roots: spec<readonly RootSetting[]>({ name: 'root', kind: rootsKind, fallback: () => Object.freeze([]), help: "read this folder instead of the agents' default places; repeatable", scope: 'daemon', repeat: true }),
  host: spec<string>({ name: 'host', kind: hostKind, fallback: () => '127.0.0.1', help: 'the address to listen on', scope: 'daemon' }),
  port: spec<number>({ name: 'port', kind: numberKind({ min: 0, max: 65_535, whole: true }), fallback: () => 7433, help: 'the port to listen on; 0 takes a free one', scope: 'daemon' }),
  noAuth: spec<boolean>({ name: 'no-auth', kind: booleanKind, fallback: () => false, help: 'ask for no token; only with a loopback host', scope: 'daemon' }),
  logLevel: spec<(typeof LOG_LEVELS)[number]>({ name: 'log-level', kind: choiceKind(LOG_LEVELS), fallback: () => 'info', help: 'how much the daemon logs', scope: 'daemon' }),
  archive: spec<boolean>({ name: 'archive', kind: booleanKind, fallback: () => true, help: 'archive completed sessions as Parquet', scope: 'daemon' }),
  archiveIdleMinutes: spec<number>({ name: 'archive-idle-minutes', kind: numberKind({ min: 0, max: 525_600, whole: false }), fallback: () => 15, help: "minutes a session's files must be quiet before it is archived", scope: 'daemon' }),
  lineMaxBytes: spec<number>({ name: 'line-max-bytes', kind: bytesKind({ min: KIB, max: 256 * MIB }), fallback: () => 64 * MIB, help: 'a longer line is kept as a reject', scope: 'daemon' }),
  sweepSeconds: spec<number>({ name: 'sweep-seconds', kind: seconds(86_400), fallback: () => 30, help: 'seconds between two looks at every file that does not rely on events; up to 20 times as many where the files are very many', scope: 'daemon' }),
  workers: spec<number>({ name: 'workers', kind: numberKind({ min: 1, max: 64, whole: true, zero: 'as many as the cores allow' }), fallback: () => 0, help: 'worker threads for scanning and archiving', scope: 'daemon' }),
  memoryLimit: spec<number>({ name: 'memory-limit', kind: bytesKind({ min: 64 * MIB, max: TIB, zero: 'as the machine allows' }), fallback: () => 0, help: 'memory to work with: buffers, batches, queues and workers are sized by it (0: a quarter of what there is, at most 1GiB)', scope: 'daemon' }),
  minFreeBytes: spec<number>({ name: 'min-free-bytes', kind: bytesKind({ min: MIB, max: TIB, zero: 'no limit' }), fallback: () => 256 * MIB, help: 'indexing and archiving pause below this much free disk', scope: 'daemon' }),
  rateLimit: spec<number>({ name: 'rate-limit', kind: numberKind({ min: 1, max: 1_000_000, whole: true, zero: 'no limit' }), fallback: () => 120_000, help: 'requests a minute from one client; heavy ones count as several', scope: 'daemon' }),
  wsBacklogBytes: spec<number>({ name: 'ws-backlog-bytes', kind: bytesKind({ min: 16 * KIB, max: GIB }), fallback: () => MIB, help: 'a WebSocket client that is further behind is closed (4008)', scope: 'daemon' }),
  wsHeartbeatSeconds: spec<number>({ name: 'ws-heartbeat-seconds', kind: seconds(3600), fallback: () => 25, help: 'seconds between two heartbeats to a WebSocket client', scope: 'daemon' }),
  wsPongSeconds: spec<number>({ name: 'ws-pong-seconds', kind: seconds(3600), fallback: () => 10, help: 'seconds a WebSocket client may take to answer a ping', scope: 'daemon' }),
  prices: spec<string | null>({ name: 'prices', kind: pathKind, fallback: () => null, help: "a JSON file of your own prices, which go before the bundled list's", scope: 'daemon' }),
  jsonlId: field('jsonl-id', "the record's id"),
  jsonlTime: field('jsonl-time', 'the time'),
  jsonlType: field('jsonl-type', 'the type'),
  jsonlSession: field('jsonl-session', "the session's id", 'each file is a session'),
  jsonlText: field('jsonl-text', 'the readable text'),
  jsonlParent: field('jsonl-parent', "the parent record's id"),
  jsonlDimensions: spec<readonly NamedPointer[]>({ name: 'jsonl-dimension', kind: pointersKind(GROUPINGS), fallback: () => Object.freeze([]), help: 'jsonl source: something to filter and group records by, and where it stands in a line; repeatable', scope: 'daemon', repeat: true }),
  jsonlMeasures: spec<readonly NamedPointer[]>({ name: 'jsonl-measure', kind: pointersKind(METRICS), fallback: () => Object.freeze([]), help: 'jsonl source: a number to sum and plot, and where it stands in a line; repeatable', scope: 'daemon', repeat: true }),
} as const;

export type SettingKey = keyof typeof SETTINGS;
export type Settings = { readonly [K in SettingKey]: (typeof SETTINGS)[K] extends SettingSpec<infer T> ? T : never };

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/** Where a value came from; `name` is the flag, the variable or the key. */
export type SettingOrigin = { from: 'flag' | 'environment' | 'file'; name: string } | { from: 'default' };

export interface SettingsInput {
  /** By flag name (`data-dir`) or setting (`dataDir`); undefined is not given. */
  flags: Readonly<Record<string, unknown>>;
  env: Readonly<Record<string, string | undefined>>;
  /** What the config file holds; null where there is none. */
  file: { path: string; values: Readonly<Record<string, unknown>> } | null;
  platform: NodeJS.Platform;
  home: string;
  /** Where relative paths of flags and environment start; without it they stay relative. */
  cwd?: string;
}

interface Given {
  raw: unknown;
  origin: Exclude<SettingOrigin, { from: 'default' }>;
  base: string | null;
}

export function variableOf(key: SettingKey): string {
  return `${VARIABLE_PREFIX}${SETTINGS[key].name.toUpperCase().replaceAll('-', '_')}`;
}

/** The key in the config file as documented: `dataDir` is `data_dir`. */
export function fileKeyOf(key: SettingKey): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export interface ResolvedSettings {
  settings: Settings;
  origins: Record<SettingKey, SettingOrigin>;
  /** What is passed over, one sentence each. */
  warnings: string[];
}

/** Throws LakeError `usage` (flags) or `config` (environment and file). */
export function resolveWithOrigins(input: SettingsInput): ResolvedSettings {
  const given = [givenByFlags(input), givenByEnvironment(input), givenByFile(input)];
  const settings: Partial<Record<SettingKey, unknown>> = {};
  const origins: Partial<Record<SettingKey, SettingOrigin>> = {};
  for (const key of SETTING_KEYS) {
    const value = given.map((layer) => layer.get(key)).find((found) => found !== undefined);
    settings[key] = value === undefined ? SETTINGS[key].fallback(placeOf(input, null)) : parseGiven(key, value, input);
    origins[key] = value?.origin ?? { from: 'default' };
  }
  const resolved = Object.freeze(settings as Settings);
  const all = origins as Record<SettingKey, SettingOrigin>;
  checkAuth(resolved, all.noAuth);
  return { settings: resolved, origins: all, warnings: unknownVariables(input.env) };
}

/** The config file to read, known before its content is. `named`: it was asked for, so it must exist. */
export function configFileOf(input: Omit<SettingsInput, 'file'>): { path: string; named: boolean } {
  const whole = { ...input, file: null };
  const value = givenByFlags(whole).get('config') ?? givenByEnvironment(whole).get('config');
  if (value === undefined) return { path: defaultConfigFile(placeOf(whole, null)), named: false };
  return { path: parseGiven('config', value, whole) as string, named: true };
}

export function originText(origin: SettingOrigin): string {
  switch (origin.from) {
    case 'flag': return `flag ${origin.name}`;
    case 'environment': return `environment ${origin.name}`;
    case 'file': return origin.name;
    case 'default': return 'default';
  }
}

/** A value as a person may see it: secrets hidden, bytes with their unit. */
export function shownValue(key: SettingKey, value: unknown): string {
  if (value === null) return '-';
  if (SETTINGS[key].secret === true) return '(hidden)';
  if (Array.isArray(value)) return (value as readonly (RootSetting | NamedPointer)[]).map((item) => ('source' in item ? `${item.source}=${item.path}` : `${item.name}=${item.pointer}`)).join(' ') || '-';
  return SETTINGS[key].kind.placeholder === 'BYTES' ? bytesText(value as number) : String(value);
}

function givenByFlags(input: SettingsInput): Map<SettingKey, Given> {
  const given = new Map<SettingKey, Given>();
  for (const [name, raw] of Object.entries(input.flags)) {
    if (raw === undefined) continue;
    const key = keyNamed(name);
    if (key === undefined) throw unknown('usage', `Unknown flag --${name}.`, name, (known) => `--${SETTINGS[known].name}`);
    given.set(key, { raw, origin: { from: 'flag', name: `--${SETTINGS[key].name}` }, base: input.cwd ?? null });
  }
  return given;
}

/** An empty variable counts as not set, as is the custom of shells. One that is not known may be another program's. */
function givenByEnvironment(input: SettingsInput): Map<SettingKey, Given> {
  const given = new Map<SettingKey, Given>();
  for (const [name, text] of Object.entries(input.env)) {
    if (!name.startsWith(VARIABLE_PREFIX) || text === undefined || text === '') continue;
    const key = keyOfVariable(name);
    if (key === undefined) continue;
    const raw = key === 'roots' ? splitRoots(text, input.platform) : text;
    given.set(key, { raw, origin: { from: 'environment', name }, base: input.cwd ?? null });
  }
  return given;
}

function unknownVariables(env: SettingsInput['env']): string[] {
  const names = Object.keys(env).filter((name) => name.startsWith(VARIABLE_PREFIX) && env[name] !== undefined && keyOfVariable(name) === undefined);
  return names.map((name) => `The environment variable ${name} is no setting. ${suggestion(name.slice(VARIABLE_PREFIX.length), variableOf)}`);
}

function keyOfVariable(name: string): SettingKey | undefined {
  return SETTING_KEYS.find((key) => variableOf(key) === name);
}

function givenByFile(input: SettingsInput): Map<SettingKey, Given> {
  const given = new Map<SettingKey, Given>();
  if (input.file === null) return given;
  const { path, values } = input.file;
  for (const [name, raw] of Object.entries(values)) {
    const key = keyNamed(name);
    if (key === undefined) throw unknown('config', `${path}: unknown key "${name}".`, name, fileKeyOf);
    if (key === 'config') throw new LakeError('config', `${path}: a config file cannot name another ("${name}").`, { hint: 'Remove the key; pass --config instead.' });
    if (given.has(key)) throw new LakeError('config', `${path}: key "${name}" sets ${fileKeyOf(key)} a second time.`, { hint: 'Keep one of them.' });
    given.set(key, { raw, origin: { from: 'file', name: `${path} key ${name}` }, base: pathsOf(input.platform).dirname(path) });
  }
  return given;
}

function parseGiven(key: SettingKey, given: Given, input: SettingsInput): unknown {
  const setting = SETTINGS[key];
  const parsed = setting.kind.parse(given.raw, placeOf(input, given.base));
  if ('value' in parsed) return parsed.value;
  const shown = setting.secret === true ? '' : ` ${JSON.stringify(given.raw)}`;
  const code = given.origin.from === 'flag' ? 'usage' : 'config';
  throw new LakeError(code, `${setting.name} (${originText(given.origin)}):${shown} ${parsed.problem}.`, { hint: parsed.remedy });
}

function checkAuth(settings: Settings, origin: SettingOrigin): void {
  if (!settings.noAuth || isLoopback(settings.host)) return;
  throw new LakeError(origin.from === 'flag' ? 'usage' : 'config', `no-auth (${originText(origin)}) is refused with host ${settings.host}: anyone on the network could read the sessions.`, {
    hint: 'Leave out no-auth and use the token, or listen on a loopback host such as 127.0.0.1.',
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** `data-dir`, `data_dir` and `dataDir` are the same name; so are `root` and `roots`. */
function keyNamed(name: string): SettingKey | undefined {
  const plain = squash(name);
  return SETTING_KEYS.find((key) => squash(key) === plain || squash(SETTINGS[key].name) === plain);
}

function squash(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

function unknown(code: 'usage' | 'config', message: string, name: string, show: (key: SettingKey) => string): LakeError {
  return new LakeError(code, message, { hint: suggestion(name, show) });
}

function suggestion(name: string, show: (key: SettingKey) => string): string {
  const near = nearest(squash(name), SETTING_KEYS.map(squash));
  const key = near === undefined ? undefined : keyNamed(near);
  return key === undefined ? '"sessionlake config" lists every setting.' : `Did you mean ${show(key)}?`;
}

function placeOf(input: SettingsInput, base: string | null): Place {
  return { platform: input.platform, home: input.home, env: input.env, base };
}
