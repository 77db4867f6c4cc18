// The paths of pi and omp: <sessions>/<encoded cwd>/<time>_<session>.jsonl. Omp's subagents lie in a folder
// named like their parent's file without its extension, and their subagents in one named like theirs.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { Environment, FileVerdict, PathFacts } from '../adapter.ts';
import { projectOfFolder } from '../project-id.ts';

/** `2026-11-02T08-20-06-919Z_<session>`. */
const SESSION_STEM = /^\d{4}-\d{2}-\d{2}T[0-9-]+Z?_(.+)$/;
/** What else these agents and their extensions keep as JSONL. */
const OTHER_LOGS = new Set(['history.jsonl', 'run-history.jsonl']);
/** A session's work, in the folder named like its file. */
const WORK_FOLDERS = new Set(['local', 'artifacts']);

/** PI_CODING_AGENT_SESSION_DIR holds sessions; the others are the folder above, or theirs. */
export function defaultRoots({ env, home }: Environment): string[] {
  const sessions = env['PI_CODING_AGENT_SESSION_DIR'];
  if (sessions !== undefined && sessions !== '') return [trimmed(sessions)];
  const dirs = [env['PI_CODING_AGENT_DIR'], env['PI_AGENT_DIR']].filter((dir) => dir !== undefined && dir !== '');
  const agents = dirs.length > 0 ? (dirs as string[]) : [`${home}/.pi/agent`, `${home}/.omp/agent`];
  return [...new Set(agents.map(trimmed).map((dir) => (dir.endsWith('/sessions') ? dir : `${dir}/sessions`)))];
}

function trimmed(dir: string): string {
  return dir.replace(/\/+$/, '');
}

export function accepts(path: string): FileVerdict {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  const session = folders.findIndex((folder) => SESSION_STEM.test(folder));
  if (OTHER_LOGS.has(name) || (session !== -1 && folders.slice(session).some((folder) => WORK_FOLDERS.has(folder)))) return 'other';
  if (/\.jsonl\.(gz|zst|xz|bz2)$/.test(name)) return 'compressed';
  return name.endsWith('.jsonl') ? 'source' : 'other';
}

export function describe(root: string, path: string): PathFacts {
  const folders = path.split('/');
  const stem = (folders.pop() ?? '').replace(/\.jsonl$/, '');
  const parent = folders.findIndex((folder) => SESSION_STEM.test(folder));
  if (parent === -1) return { project: projectOf(root, folders), session: safeId(sessionOf(stem)), certain: false, agent: null };
  // Agents are named anew by each that starts some, so only the whole way down to one names it.
  const agent = safeId([...folders.slice(parent + 1), stem].join('.'));
  return { project: projectOf(root, folders.slice(0, parent)), session: safeId(sessionOf(folders[parent] as string)), certain: true, agent };
}

function sessionOf(stem: string): string {
  return SESSION_STEM.exec(stem)?.[1] ?? stem;
}

/** What a project is called until the header tells where the session worked. */
export const UNKNOWN_PROJECT = 'pi';
const ABSOLUTE = /^--(.+)--$/;
const HOME_OF_ROOT = /^(.*)\/\.[a-z]+\/agent\/sessions$/;

/** The folder's name holds the working directory, absolute or, omp's, below the home. As in the lines, so that both say the same. */
function projectOf(root: string, folders: readonly string[]): string {
  const folder = folders.at(-1);
  if (folder?.startsWith('-') !== true) return UNKNOWN_PROJECT;
  const absolute = ABSOLUTE.exec(folder)?.[1];
  if (absolute !== undefined) return projectOfFolder(/^[A-Za-z]--/.test(absolute) ? absolute : `/${absolute}`);
  const home = HOME_OF_ROOT.exec(root)?.[1];
  return home === undefined ? safeId(folder) : projectOfFolder(`${home}${folder}`);
}
