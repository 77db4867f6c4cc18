// Where this platform keeps a program's data and configuration, and what a path written by a person
// means there. Pure: platform, home and environment are given, so every platform is testable on one.

import { posix, win32 } from 'node:path';

export interface Place {
  platform: NodeJS.Platform;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from; null leaves them relative. */
  base: string | null;
}

const FOLDER = 'sessionlake';

export function pathsOf(platform: NodeJS.Platform): typeof posix {
  return platform === 'win32' ? win32 : posix;
}

export function defaultDataDir(place: Place): string {
  return defaultFolder(place, 'LOCALAPPDATA', ['AppData', 'Local'], 'XDG_DATA_HOME', ['.local', 'share']);
}

export function defaultConfigFile(place: Place): string {
  const folder = defaultFolder(place, 'APPDATA', ['AppData', 'Roaming'], 'XDG_CONFIG_HOME', ['.config']);
  return pathsOf(place.platform).join(folder, 'config.json');
}

function defaultFolder(place: Place, windows: string, windowsHome: string[], xdg: string, xdgHome: string[]): string {
  const paths = pathsOf(place.platform);
  if (place.platform === 'darwin') return paths.join(place.home, 'Library', 'Application Support', FOLDER);
  const [variable, below] = place.platform === 'win32' ? [windows, windowsHome] : [xdg, xdgHome];
  const named = place.env[variable];
  // The XDG specification says that a relative path there is to be ignored.
  if (named !== undefined && paths.isAbsolute(named)) return paths.join(named, FOLDER);
  return paths.join(place.home, ...below, FOLDER);
}

/** `~` is the home folder; a relative path starts at the place's base. */
export function expandPath(text: string, place: Place): string {
  const paths = pathsOf(place.platform);
  const full = /^~(?=$|[/\\])/.test(text) ? paths.join(place.home, text.slice(1)) : text;
  return place.base === null || paths.isAbsolute(full) ? full : paths.resolve(place.base, full);
}
