// Generates a lake of Claude Code logs in a directory: the same options give the
// same bytes. Returns the truth about it: what a correct reader must find.
// It writes at more than 100 MB/s a core, on every core there is, and keeps no session in memory.

import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { writeSession } from './claude-session.ts';
import { Oddities } from './oddities.ts';
import type { LakeOptions, Part } from './options.ts';
import { joinTruths, partsOf } from './parts.ts';
import { projects, type Project } from './projects.ts';
import { Rng } from './rng.ts';
import type { LakeParts, SessionPlan, SessionEnd } from './session.ts';
import { isSingle, planSession, resumePlan } from './shapes.ts';
import { DirectorySink, MemorySink, type MemoryFile, type Sink } from './sink.ts';
import { TruthRecorder, type Truth } from './truth.ts';

export interface DirectoryOptions extends LakeOptions {
  /** Laid out like ~/.claude/projects. Made if missing; files of an earlier run in it are an error. */
  dir: string;
}

const DAY_MS = 86_400_000;
const RESUME_CHANCE = 0.05;
/** A chain above this is not copied: a lake of few large sessions would be mostly copies. */
const RESUME_MAX_LINES = 400;

export class Lake {
  readonly parts: LakeParts;

  constructor(seed: number, sink: Sink, malformedRate: number, part?: Part) {
    const rng = new Rng(seed, part === undefined ? 'lake' : `lake part ${part.index}`);
    this.parts = {
      rng, sink, truth: new TruthRecorder(), oddities: new Oddities(rng.fork('oddities'), malformedRate),
      counts: { logFiles: 0, metaFiles: 0, bytes: 0 }, summaries: new Map(),
    };
  }

  write(plan: SessionPlan): SessionEnd {
    return writeSession(this.parts, plan);
  }

  finish(options: Record<string, string | number>): Truth {
    return this.parts.truth.finish(this.parts.counts, options);
  }
}

/** One session after the other. */
function writeLake(lake: Lake, options: LakeOptions): void {
  const { rng, counts } = lake.parts;
  const shape = options.shape ?? 'mixed';
  const targetBytes = options.targetBytes ?? Infinity;
  const wanted = options.sessions ?? (options.targetBytes === undefined ? 10 : Infinity);
  const total = isSingle(shape) ? 1 : wanted;
  const places = projects(options.projects ?? 3);
  const firstMs = Date.parse(options.startTime ?? '2025-10-01T08:00:00.000Z');
  const spanMs = (options.days ?? 30) * DAY_MS;
  const { index, count } = options.part ?? { index: 0, count: 1 };
  for (let written = 0; written < total && counts.bytes < targetBytes; written++) {
    const within = Number.isFinite(total) ? written / total : counts.bytes / targetBytes;
    const fraction = (index + within) / count;
    const plan = planSession(shape, {
      rng, project: rng.pick<Project>(places), startMs: Math.round(firstMs + fraction * spanMs) + rng.int(0, 600_000),
      fraction, leftBytes: targetBytes - counts.bytes, agents: options.agents ?? 100,
    });
    const end = lake.write(plan);
    const copies = written + 1 < total && end.historyComplete && end.history.length < RESUME_MAX_LINES && rng.chance(RESUME_CHANCE);
    if (!copies || counts.bytes >= targetBytes) continue;
    lake.write(resumePlan(rng, plan, end));
    written++;
  }
}

function recorded(options: LakeOptions): Record<string, string | number> {
  const { seed, shape, targetBytes, sessions, agents, malformedRate, projects: projectCount, startTime, days } = options;
  const all = { seed, shape: shape ?? 'mixed', target_bytes: targetBytes, sessions, agents, malformed_rate: malformedRate ?? 0, projects: projectCount, start_time: startTime, days };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string | number] => entry[1] !== undefined));
}

/** Throws if a file it would write is already there. */
export async function generateLake(options: DirectoryOptions): Promise<Truth> {
  const parts = partsOf(options);
  const threads = Math.min(availableParallelism(), parts.length);
  const truths = threads === 1 ? parts.map(writePart) : await writeInWorkers(parts, threads);
  return joinTruths(truths, recorded(options));
}

export function writePart(options: DirectoryOptions): Truth {
  return writeTo(new DirectorySink(options.dir), options);
}

/** The same in memory, for tests: files with their lines as bytes. */
export function generateFiles(options: LakeOptions): { files: MemoryFile[]; truth: Truth } {
  const sink = new MemorySink();
  const truths = partsOf(options).map((part) => writeTo(sink, part));
  return { files: sink.files, truth: joinTruths(truths, recorded(options)) };
}

function writeTo(sink: Sink, options: LakeOptions): Truth {
  const lake = new Lake(options.seed, sink, options.malformedRate ?? 0, options.part);
  writeLake(lake, options);
  return lake.finish({});
}

async function writeInWorkers(parts: readonly DirectoryOptions[], processes: number): Promise<Truth[]> {
  const truths: Truth[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: processes }, () => new Promise<void>((resolve, reject) => {
    const worker = fork(fileURLToPath(new URL('part-worker.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
    let index = -1;
    const handOut = (): void => {
      index = next++;
      if (index < parts.length) worker.send(parts[index] as DirectoryOptions);
      else worker.disconnect();
    };
    worker.on('message', (truth: Truth) => {
      truths[index] = truth;
      handOut();
    });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 && index >= parts.length ? resolve() : reject(new Error(`writing part ${index} of the lake ended with ${code}`))));
    handOut();
  })));
  return truths;
}
