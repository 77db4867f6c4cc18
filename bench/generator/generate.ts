// Generates a lake of Claude Code logs in a directory: the same options give the
// same bytes. Returns the truth about it: what a correct reader must find.
// It writes at more than 100 MB/s on one core and keeps no session in memory.

import { writeSession } from './claude-session.ts';
import { Oddities } from './oddities.ts';
import { projects, type Project } from './projects.ts';
import { Rng } from './rng.ts';
import type { LakeParts, SessionPlan, SessionEnd } from './session.ts';
import { isSingle, planSession, resumePlan, type Shape } from './shapes.ts';
import { DirectorySink, MemorySink, type MemoryFile, type Sink } from './sink.ts';
import { TruthRecorder, type Truth } from './truth.ts';

export interface LakeOptions {
  seed: number;
  /** Default 'mixed'. */
  shape?: Shape;
  /** Either the bytes to write (met to within one turn of one session) or the number of sessions. Default: 10 sessions. */
  targetBytes?: number;
  sessions?: number;
  /** Subagents of the one session of 'wide'. Default 100. */
  agents?: number;
  /** Share of the lines with an odd or broken neighbour, 0 to 1. Default 0. */
  malformedRate?: number;
  /** Default 3. */
  projects?: number;
  /** ISO time of the first session. Default 2025-10-01T08:00:00.000Z. */
  startTime?: string;
  /** Days the sessions spread over. Default 30. */
  days?: number;
}

export interface DirectoryOptions extends LakeOptions {
  /** Laid out like ~/.claude/projects. Made if missing; files of an earlier run in it are an error. */
  dir: string;
  onProgress?: (bytes: number) => void;
  signal?: AbortSignal;
}

const DAY_MS = 86_400_000;
const RESUME_CHANCE = 0.05;
/** A chain above this is not copied: a lake of few large sessions would be mostly copies. */
const RESUME_MAX_LINES = 400;

export class Lake {
  readonly parts: LakeParts;

  constructor(seed: number, sink: Sink, malformedRate: number) {
    const rng = new Rng(seed, 'lake');
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

/** One session after the other; yields the bytes written so far. */
function* writeLake(lake: Lake, options: LakeOptions): Generator<number, void> {
  const { rng, counts } = lake.parts;
  const shape = options.shape ?? 'mixed';
  const targetBytes = options.targetBytes ?? Infinity;
  const wanted = options.sessions ?? (options.targetBytes === undefined ? 10 : Infinity);
  const total = isSingle(shape) ? 1 : wanted;
  const places = projects(options.projects ?? 3);
  const firstMs = Date.parse(options.startTime ?? '2025-10-01T08:00:00.000Z');
  const spanMs = (options.days ?? 30) * DAY_MS;
  for (let written = 0; written < total && counts.bytes < targetBytes; written++) {
    const fraction = Number.isFinite(total) ? written / total : counts.bytes / targetBytes;
    const plan = planSession(shape, {
      rng, project: rng.pick<Project>(places), startMs: Math.round(firstMs + fraction * spanMs) + rng.int(0, 600_000),
      fraction, leftBytes: targetBytes - counts.bytes, agents: options.agents ?? 100,
    });
    const end = lake.write(plan);
    yield counts.bytes;
    const copies = written + 1 < total && end.historyComplete && end.history.length < RESUME_MAX_LINES && rng.chance(RESUME_CHANCE);
    if (!copies || counts.bytes >= targetBytes) continue;
    lake.write(resumePlan(rng, plan, end));
    written++;
    yield counts.bytes;
  }
}

function recorded(options: LakeOptions): Record<string, string | number> {
  const { seed, shape, targetBytes, sessions, agents, malformedRate, projects: projectCount, startTime, days } = options;
  const all = { seed, shape: shape ?? 'mixed', target_bytes: targetBytes, sessions, agents, malformed_rate: malformedRate ?? 0, projects: projectCount, start_time: startTime, days };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string | number] => entry[1] !== undefined));
}

/** Throws if a file it would write is already there, or if the signal aborts. */
export async function generateLake(options: DirectoryOptions): Promise<Truth> {
  const lake = new Lake(options.seed, new DirectorySink(options.dir), options.malformedRate ?? 0);
  for (const bytes of writeLake(lake, options)) {
    options.onProgress?.(bytes);
    // Writing is synchronous; this lets timers and signals of a bench in between.
    await new Promise((resume) => setImmediate(resume));
    options.signal?.throwIfAborted();
  }
  return lake.finish(recorded(options));
}

/** The same in memory, for tests: files with their lines as bytes. */
export function generateFiles(options: LakeOptions): { files: MemoryFile[]; truth: Truth } {
  const sink = new MemorySink();
  const lake = new Lake(options.seed, sink, options.malformedRate ?? 0);
  const steps = writeLake(lake, options);
  while (steps.next().done !== true);
  return { files: sink.files, truth: lake.finish(recorded(options)) };
}
