// Random histories of log files against a simple model. A `World` is a folder in which random things are
// done to a few files, and the knowledge of what an index of it must show in the end:
// 1. the lines and rejects of a present file cover its complete lines exactly, in order;
// 2. what was complete when everything was once at rest stays indexed, whatever happens to the file;
// 3. a line is indexed no more often than its bytes were made anew (rewritten, cut, copied): appending,
//    moving, deleting, killing and starting again never make one anew;
// 4. nothing else is indexed as a record.
//
// Where another process looks on, what a step does in several writes is seen in between as well, and so is a
// write half done, where the writer has to wait in the middle of it: each of these states may be indexed as a
// generation of its own, so its lines count as made anew.

import { appendFileSync, copyFileSync, existsSync, mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Rng } from '../../bench/generator/rng.ts';
import { assistantLine, timeOf } from './claude-lines.ts';

export interface SeenLine {
  fileIx: number;
  byteOffset: number;
  byteLength: number;
  /** Null: a reject. */
  uuid: string | null;
}

export interface SeenFile {
  fileIx: number;
  /** Absolute. */
  path: string;
  state: string;
  offset: number;
  lines: number;
  rejects: number;
}

/** What an index shows. Lines in the order of their lake offsets. */
export interface Seen {
  files: SeenFile[];
  lines: SeenLine[];
}

/** The last one is only there while the first one is moved. */
const FOLDERS = ['p0', 'p1', 'p2'];
const NAMES = ['a', 'b', 'c'];
const LF = 0x0a;

type Step = (world: World) => string | null;

export class World {
  readonly dir: string;
  readonly label: string;
  /** What was done, for the message of a failure. */
  readonly log: string[] = [];
  private readonly rng: Rng;
  private readonly seed: number;
  private readonly watched: boolean;
  private readonly uuids = new Map<string, string>();
  /** How often a line's bytes were made, at most. */
  private readonly made = new Map<string, number>();
  private readonly must = new Set<string>();
  /** What completes the unfinished last line of a file. */
  private readonly rests = new Map<string, Buffer>();
  private written = 0;

  /** `watched`: by another process, which may look in the middle of a step. */
  constructor(dir: string, seed: number, watched = false) {
    this.dir = dir;
    this.seed = seed;
    this.watched = watched;
    this.label = `seed ${seed}`;
    this.rng = new Rng(seed, 'history');
    for (const folder of FOLDERS.slice(0, 2)) mkdirSync(`${dir}/${folder}`, { recursive: true });
  }

  /** One random thing is done to the files. */
  step(): void {
    for (;;) {
      const [name, , step] = pickWeighted(this.rng, STEPS);
      const told = step(this);
      if (told === null) continue;
      this.log.push(`${name} ${told}`);
      return;
    }
  }

  /** A file is renamed time and again, as far as names are free. */
  wander(times: number): void {
    for (let i = 0; i < times; i++) {
      const told = rename(this);
      if (told !== null) this.log.push(`rename ${told}`);
    }
  }

  /** Everything that is there was looked at, and what was found is durable: from now on it must stay. */
  rested(): void {
    for (const path of this.present()) for (const line of this.linesOf(path)) if (line.uuid !== null) this.must.add(line.uuid);
  }

  /** What is wrong with what an index shows; empty where all is well. */
  check(seen: Seen): string[] {
    const wrong: string[] = [];
    const mine = seen.files.filter((file) => file.path.startsWith(`${this.dir}/`));
    const numbers = new Set(mine.map((file) => file.fileIx));
    const lines = seen.lines.filter((line) => numbers.has(line.fileIx));
    for (const path of this.present()) wrong.push(...this.checkFile(path, mine, lines));
    for (const file of mine) if (file.state === 'present' && !this.present().includes(file.path)) wrong.push(`${this.short(file.path)} is said to be present`);
    const counts = new Map<string, number>();
    const last = new Map<number, number>();
    for (const { uuid, fileIx, byteOffset } of lines) {
      if (byteOffset <= (last.get(fileIx) ?? -1)) wrong.push(`file ${fileIx}: byte ${byteOffset} comes after byte ${last.get(fileIx)}`);
      last.set(fileIx, byteOffset);
      if (uuid !== null) counts.set(uuid, (counts.get(uuid) ?? 0) + 1);
    }
    for (const [uuid, count] of counts) {
      const most = this.made.get(uuid);
      if (most === undefined) wrong.push(`record ${uuid} was never written`);
      else if (count > most) wrong.push(`record ${uuid} is indexed ${count} times (files ${lines.filter((line) => line.uuid === uuid).map((line) => line.fileIx).join(', ')}), made ${most} times`);
    }
    for (const uuid of this.must) if (!counts.has(uuid)) wrong.push(`record ${uuid} is lost`);
    if (wrong.length > 0) wrong.push(...mine.map((file) => `(file ${file.fileIx} is ${this.short(file.path)}, ${file.state}, read to ${file.offset})`));
    return wrong;
  }

  /** Everything needed to understand a failure. */
  story(wrong: readonly string[]): string {
    return [`${this.label}:`, ...wrong.slice(0, 40), 'after:', ...this.log].join('\n  ');
  }

  note(what: string): void {
    this.log.push(`-- ${what}`);
  }

  private checkFile(path: string, files: readonly SeenFile[], lines: readonly SeenLine[]): string[] {
    const candidates = files.filter((file) => file.path === path && file.state === 'present');
    const name = this.short(path);
    const expected = this.linesOf(path);
    if (candidates.length !== 1) return candidates.length === 0 && statSync(path).size === 0 ? [] : [`${name} is present ${candidates.length} times`];
    const [file] = candidates as [SeenFile];
    const found = lines.filter((line) => line.fileIx === file.fileIx);
    const wrong: string[] = [];
    const end = expected.reduce((sum, line) => Math.max(sum, line.byteOffset + line.byteLength + 1), 0);
    if (file.offset !== end) wrong.push(`${name}: read to ${file.offset}, complete to ${end}`);
    if (file.lines !== expected.length) wrong.push(`${name}: ${file.lines} lines told, ${expected.length} are there`);
    if (file.rejects !== found.filter((line) => line.uuid === null).length) wrong.push(`${name}: ${file.rejects} rejects told`);
    const shown = (line: { byteOffset: number; byteLength: number; uuid: string | null } | undefined): string => (line === undefined ? 'nothing' : `${line.byteOffset}+${line.byteLength} ${line.uuid ?? 'rejected'}`);
    for (let i = 0; i < Math.max(found.length, expected.length); i++) {
      if (shown(found[i]) === shown(expected[i])) continue;
      wrong.push(`${name} (file ${file.fileIx}) line ${i + 1}: ${shown(found[i])} instead of ${shown(expected[i])}`);
      break;
    }
    return wrong;
  }

  // What the steps use.

  get random(): Rng {
    return this.rng;
  }

  short(path: string): string {
    return path.slice(this.dir.length + 1);
  }

  paths(): string[] {
    return FOLDERS.flatMap((folder) => NAMES.map((name) => `${this.dir}/${folder}/${name}.jsonl`));
  }

  present(): string[] {
    return this.paths().filter((path) => existsSync(path) && !this.isLink(path));
  }

  free(): string[] {
    return this.paths().filter((path) => existsSync(dirname(path)) && !existsSync(path) && !this.isLink(path));
  }

  readonly links = new Set<string>();

  isLink(path: string): boolean {
    return this.links.has(path);
  }

  newLine(textLength = this.rng.chance(0.1) ? this.rng.int(800, 6000) : this.rng.int(0, 300)): Buffer {
    const n = this.written++;
    const uuid = this.rng.uuid();
    const text = this.rng.chance(0.3) ? 'ż你🚀'.repeat(Math.ceil(textLength / 9)) : this.rng.base62(textLength);
    // The random id comes first and last, so that any two lines differ within the bytes by which a file is known.
    const line = Buffer.from(`{"uuid":"${uuid}",${assistantLine({ session: `s${this.seed}`, n, text, message: `msg_${uuid}`, request: `req_${uuid}`, extra: { uuid, timestamp: timeOf(n), last: uuid } }).slice(1)}`);
    this.uuids.set(line.toString(), uuid);
    this.made.set(uuid, 1);
    return line;
  }

  newLines(count: number): Buffer {
    return Buffer.concat(Array.from({ length: count }, () => Buffer.concat([this.newLine(), Buffer.from([LF])])));
  }

  /** Lines of the same lengths with other content. */
  otherLines(lines: readonly Buffer[]): Buffer[] {
    return lines.map((line) => {
      const uuid = this.uuids.get(line.toString());
      if (uuid === undefined) return Buffer.alloc(line.length, 0x20);
      const other = this.rng.uuid();
      const text = line.toString().replaceAll(uuid, other);
      this.uuids.set(text, other);
      // Half written it already says who it is.
      this.made.set(other, this.watched ? 2 : 1);
      return Buffer.from(text);
    });
  }

  linesOf(path: string): { byteOffset: number; byteLength: number; uuid: string | null; bytes: Buffer }[] {
    const bytes = readFileSync(path);
    const lines: { byteOffset: number; byteLength: number; uuid: string | null; bytes: Buffer }[] = [];
    for (let start = 0, end = bytes.indexOf(LF); end !== -1; start = end + 1, end = bytes.indexOf(LF, start)) {
      const line = bytes.subarray(start, end);
      lines.push({ byteOffset: start, byteLength: line.length, uuid: this.uuids.get(line.toString()) ?? null, bytes: line });
    }
    return lines;
  }

  /** These lines' bytes are made once more. */
  remake(lines: readonly { uuid: string | null }[]): void {
    for (const { uuid } of lines) if (uuid !== null) this.made.set(uuid, (this.made.get(uuid) ?? 0) + 1);
  }

  /** A step is not done yet, but what it wrote so far may be looked at. */
  between(path: string): void {
    if (this.watched) this.remake(this.linesOf(path));
  }

  /** The rest of an unfinished line, or nothing. */
  takeRest(path: string): Buffer {
    const rest = this.rests.get(path) ?? Buffer.alloc(0);
    this.rests.delete(path);
    return rest;
  }

  restLength(path: string): number {
    return this.rests.get(path)?.length ?? 0;
  }

  setRest(path: string, rest: Buffer): void {
    this.rests.set(path, rest);
  }

  moveRest(from: string, to: string): void {
    const rest = this.rests.get(from);
    this.rests.delete(from);
    this.rests.delete(to);
    if (rest !== undefined) this.rests.set(to, rest);
  }
}

const existing = (world: World): string | null => {
  const present = world.present();
  return present.length === 0 ? null : world.random.pick(present);
};

const unused = (world: World): string | null => {
  const free = world.free();
  return free.length === 0 ? null : world.random.pick(free);
};

const append: Step = (world) => {
  const path = world.random.chance(0.8) ? (existing(world) ?? unused(world)) : unused(world);
  if (path === null) return null;
  const count = world.random.int(1, 5);
  appendFileSync(path, Buffer.concat([world.takeRest(path), world.newLines(count)]));
  return `${world.short(path)} ${count} lines`;
};

/** A line without its end, or some more of one that has none yet. */
const appendPiece: Step = (world) => {
  const path = existing(world) ?? unused(world);
  if (path === null) return null;
  const known = world.takeRest(path);
  const whole = known.length > 0 ? known : Buffer.concat([world.newLine(), Buffer.from([LF])]);
  const cut = world.random.int(1, whole.length);
  appendFileSync(path, whole.subarray(0, cut));
  if (cut < whole.length) world.setRest(path, whole.subarray(cut));
  return `${world.short(path)} ${cut} of ${whole.length} bytes`;
};

const finish: Step = (world) => {
  const path = existing(world);
  const rest = path === null ? null : world.takeRest(path);
  if (path === null || rest === null || rest.length === 0) return null;
  appendFileSync(path, rest);
  return world.short(path);
};

const empty: Step = (world) => {
  const path = existing(world);
  if (path === null) return null;
  world.takeRest(path);
  truncateSync(path, 0);
  return world.short(path);
};

const cut: Step = (world) => {
  const path = existing(world);
  if (path === null) return null;
  const lines = world.linesOf(path);
  const kept = lines.slice(0, world.random.int(0, lines.length));
  world.takeRest(path);
  world.remake(kept);
  truncateSync(path, kept.reduce((_, line) => line.byteOffset + line.byteLength + 1, 0));
  const added = world.random.int(0, 4);
  appendFileSync(path, world.newLines(added));
  return `${world.short(path)} to ${kept.length} of ${lines.length} lines, ${added} new`;
};

/** Only the unfinished line goes; the lines stay, and nothing is made anew. */
const dropPiece: Step = (world) => {
  const path = existing(world);
  if (path === null) return null;
  const end = world.linesOf(path).reduce((_, line) => line.byteOffset + line.byteLength + 1, 0);
  if (statSync(path).size === end) return null;
  world.takeRest(path);
  truncateSync(path, end);
  const added = world.random.int(0, 2);
  appendFileSync(path, world.newLines(added));
  return `${world.short(path)}, ${added} new lines`;
};

const rewrite: Step = (world) => {
  const path = existing(world);
  if (path === null) return null;
  const kept = world.linesOf(path).filter(() => world.random.chance(0.3));
  world.remake(kept);
  world.takeRest(path);
  const added = world.random.int(1, 5);
  const content = Buffer.concat([world.newLines(added), ...kept.flatMap((line) => [line.bytes, Buffer.from([LF])])]);
  writeFileSync(path, content);
  return `${world.short(path)} ${added} new lines, ${kept.length} kept`;
};

/** Other bytes in the same inode at the same size; only the time tells. */
const overwrite: Step = (world) => {
  const path = existing(world);
  if (path === null) return null;
  const lines = world.linesOf(path);
  if (lines.length === 0) return null;
  const fd = openSync(path, 'r+');
  const others = world.otherLines(lines.map((line) => line.bytes));
  others.forEach((line, i) => {
    if (i > 0) world.between(path);
    // The write half done.
    world.between(path);
    writeSync(fd, line, 0, line.length, lines[i]?.byteOffset ?? 0);
  });
  closeSync(fd);
  bumpTime(path);
  return `${world.short(path)} ${lines.length} lines`;
};

const replace: Step = (world) => {
  const path = existing(world);
  if (path === null) return null;
  const kept = world.linesOf(path).filter(() => world.random.chance(0.3));
  world.remake(kept);
  world.takeRest(path);
  writeFileSync(`${path}.tmp`, Buffer.concat([...kept.flatMap((line) => [line.bytes, Buffer.from([LF])]), world.newLines(world.random.int(0, 3))]));
  renameSync(`${path}.tmp`, path);
  return `${world.short(path)} ${kept.length} kept`;
};

const rename: Step = (world) => {
  const [from, to] = [existing(world), unused(world)];
  if (from === null || to === null) return null;
  renameSync(from, to);
  world.moveRest(from, to);
  return `${world.short(from)} to ${world.short(to)}`;
};

const renameOver: Step = (world) => {
  const [from, to] = [existing(world), existing(world)];
  if (from === null || to === null || from === to) return null;
  renameSync(from, to);
  world.moveRest(from, to);
  return `${world.short(from)} over ${world.short(to)}`;
};

const rotate: Step = (world) => {
  const [from, to] = [existing(world), unused(world)];
  if (from === null || to === null) return null;
  renameSync(from, to);
  world.moveRest(from, to);
  const added = world.random.int(0, 3);
  writeFileSync(from, world.newLines(added));
  return `${world.short(from)} to ${world.short(to)}, ${added} lines in its place`;
};

const swap: Step = (world) => {
  const [a, b] = [existing(world), existing(world)];
  if (a === null || b === null || a === b) return null;
  const aside = `${world.dir}/aside`;
  renameSync(a, aside);
  world.moveRest(a, aside);
  renameSync(b, a);
  world.moveRest(b, a);
  renameSync(aside, b);
  world.moveRest(aside, b);
  return `${world.short(a)} and ${world.short(b)}`;
};

/** To a name that is no source, and perhaps back. */
const hide: Step = (world) => {
  const path = existing(world);
  if (path === null) return null;
  renameSync(path, `${path}.old`);
  world.moveRest(path, `${path}.old`);
  return world.short(path);
};

const show: Step = (world) => {
  const path = world.paths().find((candidate) => existsSync(`${candidate}.old`) && !existsSync(candidate) && !world.isLink(candidate));
  if (path === undefined) return null;
  renameSync(`${path}.old`, path);
  world.moveRest(`${path}.old`, path);
  return world.short(path);
};

const remove: Step = (world) => {
  const path = existing(world);
  if (path === null) return null;
  rmSync(path);
  world.takeRest(path);
  return world.short(path);
};

const makeAgain: Step = (world) => {
  const path = existing(world);
  if (path === null) return null;
  rmSync(path);
  world.takeRest(path);
  const added = world.random.int(0, 4);
  writeFileSync(path, world.newLines(added));
  return `${world.short(path)} ${added} lines`;
};

/** As log rotation does it; what is unfinished in the copy stays so. */
const copyTruncate: Step = (world) => {
  const [from, to] = [existing(world), unused(world)];
  if (from === null || to === null) return null;
  // With only its newline missing the copy's last line would become a record once something follows.
  if (world.restLength(from) === 1) return null;
  world.takeRest(from);
  world.remake(world.linesOf(from));
  copyFileSync(from, to);
  truncateSync(from, 0);
  return `${world.short(from)} to ${world.short(to)}`;
};

const moveFolder: Step = (world) => {
  const [from, to] = world.random.chance(0.5) ? ['p0', 'p2'] : ['p2', 'p0'];
  if (!existsSync(`${world.dir}/${from}`) || existsSync(`${world.dir}/${to}`)) return null;
  renameSync(`${world.dir}/${from}`, `${world.dir}/${to}`);
  for (const name of NAMES) for (const end of ['.jsonl', '.jsonl.old']) world.moveRest(`${world.dir}/${from}/${name}${end}`, `${world.dir}/${to}/${name}${end}`);
  return `${from} to ${to}`;
};

const removeFolder: Step = (world) => {
  if (!existsSync(`${world.dir}/p1`)) return null;
  rmSync(`${world.dir}/p1`, { recursive: true });
  for (const name of NAMES) {
    world.takeRest(`${world.dir}/p1/${name}.jsonl`);
    world.links.delete(`${world.dir}/p1/${name}.jsonl`);
  }
  return 'p1';
};

const makeFolder: Step = (world) => {
  if (existsSync(`${world.dir}/p1`)) return null;
  mkdirSync(`${world.dir}/p1`);
  const path = `${world.dir}/p1/${world.random.pick(NAMES)}.jsonl`;
  writeFileSync(path, world.newLines(2));
  return world.short(path);
};

/** A second name of a file, which must not be read a second time. */
const link: Step = (world) => {
  const [from, to] = [existing(world), unused(world)];
  if (from === null || to === null || !to.includes('/p1/')) return null;
  symlinkSync(from, to);
  world.links.add(to);
  return `${world.short(to)} to ${world.short(from)}`;
};

const unlink: Step = (world) => {
  const [path] = world.links;
  if (path === undefined) return null;
  rmSync(path);
  world.links.delete(path);
  return world.short(path);
};

let bumps = 0;

/** A write of the same size within one tick of the file system's clock has no other trace. */
function bumpTime(path: string): void {
  bumps += 1;
  const time = Date.now() / 1000 + 1 + bumps / 100;
  utimesSync(path, time, time);
}

const STEPS: readonly (readonly [name: string, weight: number, step: Step])[] = [
  ['append', 30, append], ['append a piece', 18, appendPiece], ['finish', 10, finish], ['empty', 3, empty], ['cut', 5, cut], ['drop the piece', 5, dropPiece],
  ['rewrite', 4, rewrite], ['overwrite', 4, overwrite], ['replace', 4, replace], ['rename', 7, rename], ['rename over', 4, renameOver], ['rotate', 5, rotate], ['swap', 3, swap],
  ['hide', 3, hide], ['show', 6, show], ['remove', 4, remove], ['make again', 5, makeAgain], ['copy and truncate', 3, copyTruncate], ['move folder', 3, moveFolder],
  ['remove folder', 1, removeFolder], ['make folder', 4, makeFolder], ['link', 2, link], ['unlink', 4, unlink],
];

function pickWeighted<T extends readonly [string, number, Step]>(rng: Rng, items: readonly T[]): T {
  let at = rng.float() * items.reduce((sum, [, weight]) => sum + weight, 0);
  for (const item of items) {
    at -= item[1];
    if (at < 0) return item;
  }
  return items.at(-1) as T;
}
