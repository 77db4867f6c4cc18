// `restore SESSION -o DIR`: the files of a session as the agent wrote them, byte for byte. A file appears in
// its place once it is whole; one that is there already and is another is left alone.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, utimes } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import { LakeError, messageOf } from '../../core/errors.ts';
import type { FileItem } from '../../core/answers/file-item.ts';
import type { ApiClient } from '../api-client.ts';
import { withClient, type Cli } from '../cli.ts';
import { exportCheck } from '../export-check.ts';
import { fileTarget } from '../export-target.ts';
import { bytes, plural } from '../humanize.ts';
import { say, writeJson, writeLine, type Io } from '../io.ts';
import { jsonOption } from '../option-values.ts';
import { fetchList } from '../pages.ts';
import { printable } from '../printable.ts';
import { findSession } from '../session-id.ts';

const FILES_MAX = 1_000_000;

interface RestoreOptions {
  output: string;
  force?: true;
  json?: true;
}

interface RestoredFile {
  /** Where it is now. */
  path: string;
  /** Where it was. */
  source_path: string;
  file_id: string;
  generation: number;
  lines: number;
  bytes: number;
  /** What its source had after its last whole line, which is not in it. */
  unfinished_bytes: number;
  sha256: string;
}

export function addRestore(program: Command, cli: Cli): void {
  const command = program.command('restore').helpGroup('Keep:').description('write the original files of a session, byte for byte')
    .argument('<SESSION>', 'its id; the first signs will do')
    .requiredOption('-o, --output <DIR>', 'the folder to write them into, as they lay below their root')
    .option('--force', 'write over files that are there already and differ')
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake restore 3f2a91c0 -o back          its log and those of its subagents
  sessionlake restore 3f2a91c0 -o ~/.claude/projects   where the agent finds them again`)
    .action(async (session: string, options: RestoreOptions) => restore(cli, command, session, options));
}

async function restore(cli: Cli, command: Command, given: string, options: RestoreOptions): Promise<void> {
  await withClient(cli, command, async (client) => {
    const session = await findSession(client, given);
    const { items } = await fetchList<FileItem>(client, { path: '/api/files', query: { session: session.id }, limit: FILES_MAX, pageMax: 1000, cursor: undefined });
    const restored: RestoredFile[] = [];
    const failures: string[] = [];
    for (const file of items) {
      const target = targetOf(resolve(cli.io.cwd, options.output), file, items);
      try {
        restored.push(await restoreFile(cli.io, client, file, target, options.force === true));
      } catch (error) {
        failures.push(`${printable(file.path)}: ${printable(reasonOf(file, error))}`);
      }
    }
    await report(cli, session.id, restored, failures, options);
  });
}

async function report(cli: Cli, session: string, files: readonly RestoredFile[], failures: readonly string[], options: RestoreOptions): Promise<void> {
  if (options.json === true) await writeJson(cli.io, { session, files, failures });
  else for (const { path } of files) await writeLine(cli.io, printable(path));
  for (const { path, unfinished_bytes: size } of files) if (size > 0) say(cli.io, `${printable(path)} ends with its last whole line: the ${bytes(size)} after that were no line yet.`);
  for (const failure of failures) say(cli.io, failure);
  if (failures.length > 0) throw new LakeError('archive', `${plural(failures.length, 'file')} of ${files.length + failures.length} could not be restored.`, { hint: 'Files that are there already and differ are left alone without --force; of others "sessionlake doctor" says what is missing.' });
  if (files.length === 0) throw new LakeError('not_found', `Session ${session} has no files.`);
  say(cli.io, `${plural(files.length, 'file')}, ${bytes(files.reduce((sum, file) => sum + file.bytes, 0))}, written to ${printable(options.output)}.`);
}

/** The stream of a file that nothing has whole any more is cut, whatever else is said of it. */
function reasonOf({ state, offset, archived_bytes: archived }: FileItem, error: unknown): string {
  const isTarget = error instanceof LakeError && error.code === 'archive';
  if (isTarget || state === 'present' || archived >= offset) return messageOf(error);
  return `${offset - archived} bytes of it are in no part of the archive, and its log is ${state}. The lines that are left: sessionlake export --format jsonl.`;
}

/** Where the file lay below its root. Of several that had this place, the older ones carry their number. */
function targetOf(dir: string, file: FileItem, all: readonly FileItem[]): string {
  const place = file.path.slice(file.root.length + 1);
  const isNewest = all.every((other) => other.path.slice(other.root.length + 1) !== place || other === file || isOlder(other, file));
  const path = join(dir, isNewest ? place : `${place}.${file.id}`);
  if (!path.startsWith(dir.endsWith(sep) ? dir : dir + sep)) throw new LakeError('archive', `${file.path} lies outside of its root.`);
  return path;
}

function isOlder(a: FileItem, b: FileItem): boolean {
  return a.generation === b.generation ? Number(a.id.slice(1)) < Number(b.id.slice(1)) : a.generation < b.generation;
}

async function restoreFile(io: Io, client: ApiClient, file: FileItem, path: string, force: boolean): Promise<RestoredFile> {
  await mkdir(dirname(path), { recursive: true });
  const answer = await client.stream(`/api/files/${encodeURIComponent(file.id)}/content`, {});
  const check = exportCheck('jsonl');
  const hash = createHash('sha256');
  let size = 0;
  const target = await fileTarget(io, path);
  try {
    for await (const chunk of answer.chunks) {
      check.add(chunk);
      hash.update(chunk);
      size += chunk.length;
      await target.write(chunk);
    }
    const lines = check.finish(answer.trailers()) ?? 0;
    const sha256 = hash.digest('hex');
    const { id: fileId, generation, path: sourcePath } = file;
    const restored = { path, source_path: sourcePath, file_id: fileId, generation, lines, bytes: size, unfinished_bytes: Math.max(0, file.size - file.offset), sha256 };
    if (existsSync(path) && !force) {
      await requireSame(path, sha256);
      await target.discard();
      return restored;
    }
    await target.finish();
    if (file.modified_at !== null) await utimes(path, new Date(file.modified_at), new Date(file.modified_at));
    return restored;
  } catch (error) {
    await target.discard();
    throw error;
  }
}

async function requireSame(path: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  if (hash.digest('hex') !== sha256) throw new LakeError('archive', `${path} is there already and differs; --force writes over it.`);
}
