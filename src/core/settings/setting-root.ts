// The roots: folders that hold an agent's sessions, each with the adapter that reads it. Written as
// `[SOURCE=]DIR`; a text that begins like a path is one, whatever signs it holds.

import type { Kind, Parsed } from './setting-kind.ts';
import { expandPath, pathsOf, type Place } from './setting-place.ts';
import { SOURCE_IDS } from './source-id.ts';

/** What a DIR without SOURCE is read as. */
const DEFAULT_SOURCE = 'claude-code';

export interface RootSetting {
  source: string;
  path: string;
}

export const rootsKind: Kind<readonly RootSetting[]> = {
  placeholder: '[SOURCE=]DIR',
  accepts: `a folder, with SOURCE= (${SOURCE_IDS.join(', ')}) before it where it is not ${DEFAULT_SOURCE}'s`,
  parse: (raw, place) => {
    const texts = typeof raw === 'string' ? [raw] : raw;
    if (!Array.isArray(texts)) return { problem: 'is not a list of folders', remedy: 'Give an array of texts such as "claude-code=/home/me/.claude/projects".' };
    const roots: RootSetting[] = [];
    for (const text of texts as unknown[]) {
      const parsed = parseRoot(text, place);
      if ('problem' in parsed) return parsed;
      roots.push(parsed.value);
    }
    return { value: Object.freeze(roots) };
  },
};

/** An environment variable holds several, separated as in PATH. */
export function splitRoots(text: string, platform: NodeJS.Platform): string[] {
  return text.split(pathsOf(platform).delimiter).filter((part) => part.trim() !== '');
}

function parseRoot(text: unknown, place: Place): Parsed<RootSetting> {
  if (typeof text !== 'string' || text.trim() === '' || text.includes('\0')) return { problem: 'holds something that is not a folder', remedy: 'Give [SOURCE=]DIR.' };
  const equals = text.indexOf('=');
  if (equals === -1 || looksLikePath(text, place.platform)) return root(DEFAULT_SOURCE, text, place);
  const source = text.slice(0, equals);
  if (!SOURCE_IDS.some((id) => id === source)) {
    return {
      problem: `names the unknown source "${source}"`,
      remedy: `The sources are ${SOURCE_IDS.join(', ')}. A folder with = in its name is written with ./ before it.`,
    };
  }
  const path = text.slice(equals + 1);
  if (path.trim() === '') return { problem: `names no folder after "${source}="`, remedy: 'Give SOURCE=DIR.' };
  return root(source, path, place);
}

function looksLikePath(text: string, platform: NodeJS.Platform): boolean {
  return /^[/.~]/.test(text) || (platform === 'win32' && /^([A-Za-z]:)?\\|^[A-Za-z]:\//.test(text));
}

function root(source: string, path: string, place: Place): Parsed<RootSetting> {
  return { value: Object.freeze({ source, path: expandPath(path, place) }) };
}
