// Finding source files under a root, at any depth. Links are not followed: inside the root the real
// path is read anyway, and outside it is not the root's business.

import { lstatSync, readdirSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { LakeError, systemCode } from '../core/errors.ts';
import { Turns } from '../core/time/turns.ts';
import { adapterOf } from '../sources/registry.ts';
import { place, isOfRoot, verdictOn } from './discovery.ts';
import type { Discovery, Root } from './discovery.ts';

interface Walk {
  /** Called with each folder before it is listed. */
  enter?: (dir: string, stats: Stats) => void;
  /** Files that need not be looked at. */
  isKnown?: (absolute: string) => boolean;
  turns?: Turns;
  /** Of the folders in a folder, the one that something was put into last comes first. */
  newestFirst?: boolean;
}

/** Puts everything under `start`, a folder of the root, into `found`. */
export async function discover(root: Root, start: string, found: Discovery, walk: Walk): Promise<void> {
  const { turns = new Turns() } = walk;
  const waiting = [start];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    visit(root, dir, waiting, found, walk);
    if (turns.isOver) await turns.next();
  }
}

function visit(root: Root, dir: string, waiting: string[], found: Discovery, { enter, isKnown, newestFirst = false }: Walk): void {
  try {
    // Lists nothing through a link: where a folder became one, it is gone.
    const stats = lstatSync(dir);
    if (!stats.isDirectory()) return;
    enter?.(dir, stats);
    const folders: string[] = [];
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const absolute = `${dir}/${entry.name}`;
      if (entry.isDirectory()) enterFolder(root, absolute, folders);
      else if (entry.isFile() && isKnown?.(absolute) !== true) addFile(root, absolute, found);
    }
    waiting.push(...(newestFirst ? newestLast(folders) : folders));
  } catch (error) {
    if (!isAbsence(error)) found.failures.push({ path: dir, error });
    else if (isMisread(dir)) found.failures.push(misread(dir));
  }
}

/** A name that is not UTF-8 was read as another one, of which there is nothing. */
export function isMisread(absolute: string): boolean {
  return absolute.includes('\ufffd');
}

function misread(path: string): Discovery['failures'][number] {
  return { path, error: new LakeError('storage', 'its name is not valid UTF-8', { hint: 'Rename it.' }) };
}

function newestLast(folders: readonly string[]): string[] {
  const dated = folders.map((folder) => ({ folder, modifiedMs: modifiedMsOf(folder) }));
  return dated.sort((a, b) => a.modifiedMs - b.modifiedMs).map(({ folder }) => folder);
}

/** 0 where it cannot be told: what is wrong with it is seen when it is listed. */
function modifiedMsOf(folder: string): number {
  try {
    return lstatSync(folder).mtimeMs;
  } catch {
    return 0;
  }
}

/** Agents keep more than their sessions in some folders, and large things in them. */
function enterFolder(root: Root, absolute: string, waiting: string[]): void {
  if (!isOfRoot(root, absolute)) return;
  if (adapterOf(root.source).enters?.(absolute.slice(root.path.length + 1)) !== false) waiting.push(absolute);
}

/** Whether an error says that there is nothing, as opposed to something that cannot be seen now. */
export function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
}

function addFile(root: Root, absolute: string, found: Discovery): void {
  const path = absolute.slice(root.path.length + 1);
  const verdict = verdictOn(root, path);
  if (verdict === 'other') return;
  try {
    const stats = lstatSync(absolute, { throwIfNoEntry: false });
    if (stats !== undefined) place(found, verdict, { root, path, absolute, stats });
    else if (isMisread(absolute)) found.failures.push(misread(absolute));
  } catch (error) {
    if (!isAbsence(error)) found.failures.push({ path: absolute, error });
  }
}

/** The root with its links resolved, once it exists; as it is before that. */
export async function resolveRoot(root: Root): Promise<Root> {
  const { source, except } = root;
  return { source, path: await resolved(root.path), ...(except !== undefined && { except: await resolved(except) }) };
}

async function resolved(configured: string): Promise<string> {
  const path = await realpath(configured).catch(() => configured);
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}
