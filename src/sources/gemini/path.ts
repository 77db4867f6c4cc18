// Gemini CLI's paths: <root>/<project>/chats/session-<time>-<id>.jsonl, subagents in
// chats/<session>/<id>.jsonl; until it wrote JSONL, session-….json documents in their place. The project
// is a slug or a hash of the folder, and is not decoded.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { Environment, FileVerdict, PathFacts } from '../adapter.ts';

export function defaultRoots({ env, home }: Environment): string[] {
  return [`${(env['GEMINI_DIR'] || env['GEMINI_DATA_DIR'] || `${home}/.gemini`).replace(/\/+$/, '')}/tmp`];
}

/** What is written aside or was found unreadable has another ending. Sessions are known by their names, too: a root may be `chats`. */
export function accepts(path: string): FileVerdict {
  return /(^|\/)chats\/([^/]+\/)?[^/]+\.jsonl$|(^|\/)session-[^/]+\.jsonl$/.test(path) ? 'source' : 'other';
}

export function isDocument(path: string): boolean {
  return /(^|\/)session-[^/]+\.json$/.test(path);
}

export function describe(root: string, path: string): PathFacts {
  const folders = path.split('/');
  const stem = (folders.pop() ?? '').replace(/\.jsonl$/, '').replace(/\.json$/, '');
  const chats = folders.lastIndexOf('chats');
  const above = chats === -1 ? folders.at(-1) : folders[chats - 1];
  const project = safeId(above ?? root.split('/').findLast((part) => part !== '' && part !== 'chats') ?? 'root');
  const parent = chats === -1 ? undefined : folders[chats + 1];
  if (parent !== undefined) return { project, session: safeId(parent), certain: true, agent: safeId(stem) };
  return { project, session: safeId(stem), certain: false, agent: null };
}
