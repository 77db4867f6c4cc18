// Claude Code's paths: <root>/<encoded cwd>/<session>.jsonl, <session>/subagents/**/agent-<id>.jsonl,
// and until 2.1.1 agent-<id>.jsonl beside the main file. The encoding of the cwd is lossy and is never
// decoded: it names the project as it stands.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { Environment, FileVerdict, PathFacts } from '../adapter.ts';

const AGENT_FILE = /^agent-(.+)$/;
/** Beside a subagent's log. Flat ones would not tell their session; no version that writes these lays logs out flat. */
const SIDECAR = /(^|\/)[^/]+\/subagents\/(.+\/)?agent-[^/]+\.meta\.json$/;

/** CLAUDE_CONFIG_DIR may list several folders, separated by commas. */
export function defaultRoots({ env, home }: Environment): string[] {
  const configured = (env['CLAUDE_CONFIG_DIR'] ?? '').split(',').map((dir) => dir.trim()).filter((dir) => dir !== '');
  const configHome = env['XDG_CONFIG_HOME'] || `${home}/.config`;
  const dirs = configured.length > 0 ? configured : [`${home}/.claude`, `${configHome}/claude`];
  return dirs.map((dir) => `${dir.replace(/\/+$/, '')}/projects`);
}

export function accepts(path: string): FileVerdict {
  if (/\.jsonl\.(gz|zst|xz|bz2)$/.test(path)) return 'compressed';
  if (SIDECAR.test(path)) return 'sidecar';
  return path.endsWith('.jsonl') ? 'source' : 'other';
}

export function describe(root: string, path: string): PathFacts {
  const folders = path.split('/');
  const stem = (folders.pop() ?? '').replace(/\.(jsonl|meta\.json)$/, '');
  const agent = AGENT_FILE.exec(stem)?.[1] ?? null;
  const subagents = folders.lastIndexOf('subagents');
  if (subagents >= 1) {
    const run = folders[subagents + 1] === 'workflows' ? folders[subagents + 2] : undefined;
    return { project: projectOf(root, folders.slice(0, subagents - 1)), session: safeId(folders[subagents - 1] as string), certain: true, agent, ...(run === undefined ? {} : { run }) };
  }
  return { project: projectOf(root, folders), session: safeId(stem), certain: false, agent };
}

/** The folder that holds the session's main file; the root's own name for files right in the root. */
function projectOf(root: string, folders: readonly string[]): string {
  return safeId(folders.at(-1) ?? root.split('/').findLast((part) => part !== '') ?? 'root');
}
