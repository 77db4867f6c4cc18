// docs/settings.md, written from the table of settings, so that the page cannot say anything else.
// `npm run docs:settings` writes it; a test fails where it is stale.

import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Place } from '../src/core/settings/setting-place.ts';
import { fileKeyOf, SETTING_KEYS, SETTINGS, shownValue, variableOf, type SettingKey, type SettingSpec } from '../src/core/settings/settings.ts';

export const SETTINGS_PAGE = fileURLToPath(new URL('../docs/settings.md', import.meta.url));

/** Defaults that depend on the platform are shown for each, with the home folder as a person writes it. */
const PLATFORMS: readonly [name: string, place: Place][] = [
  ['Linux', { platform: 'linux', home: '~', env: {}, base: null }],
  ['macOS', { platform: 'darwin', home: '~', env: {}, base: null }],
  ['Windows', { platform: 'win32', home: '%USERPROFILE%', env: {}, base: null }],
];

const INTRO = `# Settings

<!-- Written by "npm run docs:settings" from src/core/settings/settings.ts. Change it there. -->

Every setting is a flag, an environment variable and a key of the config file. The flag counts before the variable, the
variable before the file, the file before the default. \`sessionlake config\` shows every value and where it came from;
\`sessionlake config --json\` adds what is accepted.

\`\`\`sh
sessionlake start --port 8080                  # flag
SESSIONLAKE_PORT=8080 sessionlake start        # variable
echo '{"port": 8080}' > sessionlake.json && sessionlake start --config sessionlake.json
\`\`\`

- A name that is not known is an error (exit code 2), as a flag and as a key of the file; a variable that begins with
  \`SESSIONLAKE_\` is warned of and passed over. A value that is not accepted is an error everywhere. All say what would be.
- An empty variable counts as not set.
- A setting that is on or off is given as \`--NAME\` or \`--no-NAME\`, and as \`true\` or \`false\` elsewhere. \`--no-auth\` is the
  name of a setting itself: there is no \`--auth\`.
- Sizes are bytes, as a number or with a unit: \`64MiB\` is 67,108,864 and \`10MB\` is 10,000,000.
- \`~\` is the home folder. A relative path starts at the current folder; in the config file, at the folder of the file.
- Several roots: \`--root\` again and again; in \`SESSIONLAKE_ROOT\` separated as in \`PATH\`; in the file a list,
  \`{"roots": ["claude-code=~/.claude/projects", "jsonl=~/logs"]}\`. With any root, only those are read. A folder whose name
  holds \`=\` is written with \`./\` before it.
- \`start --once\` archives only where \`--archive\` is given as a flag. Where the disk stays full, or nothing can be stored for another reason, it ends
  with an error (exit code 1) after some seconds and goes on where it stopped when it is run again; the daemon waits until there is room.
`;

export function settingsPage(): string {
  return [
    INTRO,
    '## Of every command\n\nThe commands find the daemon and its data by these.\n',
    table('client'),
    '## Of the daemon\n\nTaken by `start`, `config` and `profile ingest`. They are read once, at the start.\n',
    table('daemon'),
    '## Where things are\n',
    places(),
  ].join('\n');
}

function table(scope: 'client' | 'daemon'): string {
  const keys = SETTING_KEYS.filter((key) => SETTINGS[key].scope === scope);
  return markdownTable(['flag', 'variable', 'config key', 'default', 'accepts', 'what it is'], keys.map(rowOf));
}

function rowOf(key: SettingKey): string[] {
  const { name, kind, help }: SettingSpec<unknown> = SETTINGS[key];
  const flag = kind.placeholder === '' ? `--${name}` : `--${name} ${kind.placeholder}`;
  const inFile = key === 'config' ? '–' : code(fileKeyOf(key));
  return [code(flag), code(variableOf(key)), inFile, defaultOf(key), kind.accepts, help];
}

function defaultOf(key: SettingKey): string {
  const texts = new Set(PLATFORMS.map(([, place]) => shownValue(key, SETTINGS[key].fallback(place))));
  const [only] = texts;
  if (texts.size > 1 || only === undefined) return '[by platform](#where-things-are)';
  return only === '-' ? '–' : code(only);
}

function places(): string {
  const rows = PLATFORMS.map(([name, place]) => [name, code(SETTINGS.dataDir.fallback(place)), code(SETTINGS.config.fallback(place))]);
  return `${markdownTable(['platform', 'data directory', 'config file'], rows)}
On Linux \`XDG_DATA_HOME\` and \`XDG_CONFIG_HOME\` count where they are set, on Windows \`LOCALAPPDATA\` and \`APPDATA\`. Only
its user may enter the data directory; a "?" in its path is refused. It holds, as far as there is something to hold:

| name | what it is |
|---|---|
| \`index.duckdb\` | the index; beside it \`.watermark\` with the number of the last commit and, while a daemon runs and after one that was killed, \`.wal\` and \`.journal\`. They belong together: what is copied or moved goes together |
| \`archive/\` | [Parquet parts](archive.md): what was archived, for ever |
| \`imports/\`, \`mirror/\` | logs made of what was [imported](sources/exports.md) and of [documents that agents rewrite](sources/README.md#documents-that-are-rewritten), read like any other log |
| \`exports/\` | files that [jobs](http.md#jobs) wrote, until you delete them |
| \`jobs.ndjson\` | the jobs themselves |
| \`token\` | the API token, where one was made or set |
| \`daemon.json\` | while a daemon runs: where it listens. Commands find it by this |
| \`sql/\`, \`tmp/\` | what is being worked with; nothing is lost with it while no daemon runs |
`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |\n`;
  return `${line(head)}${`|${'---|'.repeat(head.length)}\n`}${rows.map(line).join('')}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(SETTINGS_PAGE, settingsPage());
