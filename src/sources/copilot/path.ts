// Copilot CLI's paths: <COPILOT_HOME>/session-state/<session>/events.jsonl, formerly session-state/<session>.jsonl.
// Beside events.jsonl lies what the session worked with, which is no log. No path names a project.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { Environment, FileVerdict, PathFacts } from '../adapter.ts';

const EVENTS = 'events.jsonl';
const SESSION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Folders of a session that hold its work. */
const WORK_FOLDERS = new Set(['files', 'checkpoints', 'research', 'rewind-snapshots']);
/** Folders of the home that hold no sessions. */
const OTHER_FOLDERS = new Set(['logs', 'pkg', 'hooks', 'skills', 'agents', 'installed-plugins', 'plugin-data', 'restart']);

export function defaultRoots({ env, home }: Environment): string[] {
  return [`${(env['COPILOT_HOME'] || `${home}/.copilot`).replace(/\/+$/, '')}/session-state`];
}

export function accepts(path: string): FileVerdict {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  if (OTHER_FOLDERS.has(folders[0] ?? '') || folders.some((folder, i) => i > 0 && WORK_FOLDERS.has(folder) && SESSION_ID.test(folders[i - 1] as string))) return 'other';
  if (/\.jsonl\.(gz|zst|xz|bz2)$/.test(name)) return 'compressed';
  return name.endsWith('.jsonl') ? 'source' : 'other';
}

export function describe(_root: string, path: string): PathFacts {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  const folder = folders.at(-1);
  const session = name === EVENTS && folder !== undefined ? folder : name.replace(/\.jsonl$/, '');
  return { project: 'copilot', session: safeId(session), certain: false, agent: null };
}
