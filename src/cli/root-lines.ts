// Where logs are read from, for people: what is there, and how many places are waited for.

import { plural } from './humanize.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

interface Root {
  source: string;
  path: string;
  exists: boolean;
}

/** Of more than this, those that are not there are only counted. */
const SHOWN_ABSENT = 3;

export function rootLines(roots: readonly Root[], style: Style): string[] {
  const absent = roots.filter((root) => !root.exists);
  const shown = absent.length > SHOWN_ABSENT ? roots.filter((root) => root.exists) : roots;
  const lines = shown.map((root) => `${printable(root.path)} ${style.dim(`(${root.source}${root.exists ? '' : ', not there yet'})`)}`);
  if (shown.length < roots.length) lines.push(style.dim(`and ${plural(absent.length, 'place')} of other agents, once there is something`));
  return lines;
}
