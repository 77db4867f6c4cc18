// What the lake says of a file, held against the file itself, line by line and byte by byte.

import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { until } from './daemon.ts';
import type { Daemon } from './daemon.ts';

export interface FileItem {
  id: string;
  path: string;
  generation: number;
  offset: number;
  size: number;
  lag_bytes: number;
  lines: number;
  rejects: number;
  archived_bytes: number;
  project: string;
  state: 'present' | 'gone' | 'replaced';
}

export interface RawRecord {
  offset: string;
  file_id: string;
  line: number;
  byte_offset: number;
  byte_length: number;
  uuid: string | null;
  session_id: string;
  raw: string | null;
  text: string | null;
}

interface RejectItem {
  offset: string;
  file_id: string;
  line: number;
  byte_offset: number;
  byte_length: number;
  reason: string;
}

/** All that ever stood at a path, oldest first. */
export async function filesAt(daemon: Daemon, path: string): Promise<FileItem[]> {
  const files = await daemon.all<FileItem>('/api/files?limit=1000');
  return files.filter((file) => file.path === path);
}

/** The file that stands at a path now, once it is as wanted. */
export async function fileAt(daemon: Daemon, path: string, wanted: Partial<FileItem> = {}): Promise<FileItem> {
  let found: FileItem | undefined;
  let all: FileItem[] = [];
  await until(async () => {
    all = await filesAt(daemon, path);
    found = all.find((file) => Object.entries({ state: 'present', ...wanted }).every(([key, value]) => file[key as keyof FileItem] === value));
    return found !== undefined;
  }).catch(() => {
    throw new Error(`no file at ${path} is ${JSON.stringify(wanted)}; it has ${JSON.stringify(all)}`);
  });
  return found as FileItem;
}

/** Every record of a project, repeats too, with the exact line. */
export async function recordsOf(daemon: Daemon, project: string): Promise<RawRecord[]> {
  const text = await daemon.text(`/api/export?format=ndjson&content=raw&duplicates=true&project=${encodeURIComponent(project)}`);
  return text.trimEnd().split('\n').slice(0, -1).map((line) => JSON.parse(line) as RawRecord);
}

export async function rejectsOf(daemon: Daemon, file: FileItem): Promise<RejectItem[]> {
  const rejects = await daemon.all<RejectItem>(`/api/rejects?limit=1000&project=${encodeURIComponent(file.project)}`);
  return rejects.filter((reject) => reject.file_id === file.id);
}

export function completeBytes(bytes: Buffer): number {
  return bytes.lastIndexOf(0x0a) + 1;
}

/** Waits until the file is read to its last newline; then its records and rejects must be its lines, each once and in order. */
export async function expectIndexed(daemon: Daemon, path: string, wanted: Partial<FileItem> = {}): Promise<FileItem> {
  if (!existsSync(path)) throw new Error(`${path} is not there`);
  const bytes = readFileSync(path);
  const file = await fileAt(daemon, path, { offset: completeBytes(bytes), ...wanted });
  const lines = rangesOf(bytes);
  let found: Awaited<ReturnType<typeof linesOf>> = [];
  // What is stored is published, and so exported, a moment later.
  await until(async () => (found = await linesOf(daemon, file)).length >= lines.length, 2000).catch(() => undefined);
  expect(found.map((item) => item.byte_offset), 'in the order of the file').toEqual(found.map((item) => item.byte_offset).toSorted((a, b) => a - b));
  expect(joinGlued(found)).toEqual(lines);
  expect(file.lines).toBe(lines.length);
  return file;
}

async function linesOf(daemon: Daemon, file: FileItem): Promise<{ offset: string; byte_offset: number; byte_length: number }[]> {
  const records = (await recordsOf(daemon, file.project)).filter((record) => record.file_id === file.id);
  return [...records, ...(await rejectsOf(daemon, file))].toSorted((a, b) => Number(a.offset) - Number(b.offset));
}

function rangesOf(bytes: Buffer): string[] {
  const ranges: string[] = [];
  for (let start = 0, end = bytes.indexOf(0x0a); end !== -1; start = end + 1, end = bytes.indexOf(0x0a, start)) ranges.push(`${start}+${end - start}`);
  return ranges;
}

/** Records that share a line touch each other; lines have a newline between them. */
function joinGlued(items: readonly { byte_offset: number; byte_length: number }[]): string[] {
  const ranges: [number, number][] = [];
  for (const { byte_offset: start, byte_length: length } of items) {
    const last = ranges.at(-1);
    if (last !== undefined && last[0] + last[1] === start && length > 0) last[1] += length;
    else ranges.push([start, length]);
  }
  return ranges.map(([start, length]) => `${start}+${length}`);
}
