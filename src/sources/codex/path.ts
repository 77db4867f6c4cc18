// Codex's paths: <CODEX_HOME>/sessions/YYYY/MM/DD/rollout-<local time>-<thread>.jsonl, and when a thread
// is archived archived_sessions/rollout-….jsonl: the file moves and stays who it is. A root may be
// either folder or the home that holds both. No path names a project: that is told by the lines.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { Environment, FileVerdict, PathFacts } from '../adapter.ts';

const ROLLOUT = /^rollout-.*?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;

/** What else lies in the home as JSONL. */
const OTHER_LOGS = new Set(['history.jsonl', 'session_index.jsonl']);
/** Folders of the home that hold anything but sessions: checkouts and what tools leave there. */
const OTHER_FOLDERS = new Set(['worktrees', 'log', 'logs', 'tmp', '.tmp', 'memories', 'skills', 'plugins', 'prompts', 'rules', 'attachments', 'generated_images', 'cache']);

/** Both folders, so that the rest of the home is not watched. */
export function defaultRoots({ env, home }: Environment): string[] {
  const codexHome = (env['CODEX_HOME'] || `${home}/.codex`).replace(/\/+$/, '');
  return [`${codexHome}/sessions`, `${codexHome}/archived_sessions`];
}

/** Threads idle for a week may be compressed; they are plain again when they are resumed. */
export function accepts(path: string): FileVerdict {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  if (OTHER_LOGS.has(name) || OTHER_FOLDERS.has(folders[0] ?? '')) return 'other';
  if (/\.jsonl\.(gz|zst|xz|bz2)$/.test(name)) return 'compressed';
  return name.endsWith('.jsonl') ? 'source' : 'other';
}

export function describe(_root: string, path: string): PathFacts {
  const stem = (path.split('/').at(-1) ?? '').replace(/\.jsonl$/, '');
  return { project: 'codex', session: safeId(ROLLOUT.exec(stem)?.[1] ?? stem), certain: false, agent: null };
}
