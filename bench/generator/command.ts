// The command line of the generator:
//   npm run bench -- generate DIR --shape mixed --size 1GB --seed 1

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { generateLake, type DirectoryOptions } from './generate.ts';
import { SHAPES, type Shape } from './shapes.ts';

const HELP = `Writes generated Claude Code logs into a directory, laid out like ~/.claude/projects.

  npm run bench -- generate DIR --shape mixed --size 1GB --seed 1

  DIR                  must be new or empty
  --seed N             the same seed gives the same bytes (1)
  --size SIZE          how much, e.g. 500MB, 1GB, 64KiB
  --sessions N         or how many sessions (10)
  --shape SHAPE        ${SHAPES.join(', ')} (mixed)
  --agents N           subagents of the one session of "wide" (100)
  --malformed-rate R   share of lines with a broken or odd neighbour, 0 to 1 (0)
  --projects N         how many projects (3)
  --start TIME         ISO time of the first session (2025-10-01T08:00:00.000Z)
  --days N             the sessions spread over this many days (30)
  --truth FILE         write what a reader must find as JSON (the totals go to stdout either way)
  --help               this text
`;

const UNITS: Record<string, number> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };

class UsageError extends Error {}

function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
  const unit = UNITS[(match?.[2] ?? '').toLowerCase() || 'b'];
  const size = Number(match?.[1]) * (unit ?? NaN);
  if (!(size >= 1)) throw new UsageError(`--size ${text} is not a size; write it like 500MB, 1GB or 64KiB`);
  return Math.round(size);
}

function parseNumber(flag: string, text: string, min: number, max: number, whole = true): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new UsageError(`--${flag} ${text} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);
  }
  return value;
}

function parseShape(text: string): Shape {
  const shape = SHAPES.find((known) => known === text);
  if (shape === undefined) throw new UsageError(`--shape ${text} is unknown; there are ${SHAPES.join(', ')}`);
  return shape;
}

function readFlags(args: string[]): { help: boolean; truthFile: string | undefined; options: DirectoryOptions } {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seed: text, size: text, sessions: text, shape: text, agents: text, 'malformed-rate': text, projects: text, start: text,
      days: text, truth: text, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return { help: true, truthFile: undefined, options: { seed: 1, dir: '' } };
  const [dir, ...more] = positionals;
  if (dir === undefined || more.length > 0) throw new UsageError('generate needs one DIR: where should the logs go?');
  if (values.size !== undefined && values.sessions !== undefined) throw new UsageError('--size and --sessions exclude each other');
  const options: DirectoryOptions = { dir, seed: parseNumber('seed', values.seed ?? '1', 0, Number.MAX_SAFE_INTEGER) };
  if (values.shape !== undefined) options.shape = parseShape(values.shape);
  if (values.size !== undefined) options.targetBytes = parseSize(values.size);
  if (options.shape === 'one-big' && options.targetBytes === undefined) throw new UsageError('--shape one-big needs --size');
  if (values.sessions !== undefined) options.sessions = parseNumber('sessions', values.sessions, 1, 1e7);
  if (values.agents !== undefined) options.agents = parseNumber('agents', values.agents, 1, 1e6);
  if (values['malformed-rate'] !== undefined) options.malformedRate = parseNumber('malformed-rate', values['malformed-rate'], 0, 1, false);
  if (values.projects !== undefined) options.projects = parseNumber('projects', values.projects, 1, 1e5);
  if (values.days !== undefined) options.days = parseNumber('days', values.days, 0, 36_500, false);
  if (values.start !== undefined) {
    if (Number.isNaN(Date.parse(values.start))) throw new UsageError(`--start ${values.start} is not a time; write it like 2025-10-01T08:00:00Z`);
    options.startTime = new Date(values.start).toISOString();
  }
  return { help: false, truthFile: values.truth, options };
}

async function generate(args: string[]): Promise<void> {
  const { help, truthFile, options } = readFlags(args);
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  if (existsSync(options.dir) && readdirSync(options.dir).length > 0) throw new UsageError(`${options.dir} has files in it; give a new or empty directory`);
  mkdirSync(options.dir, { recursive: true });
  const startMs = performance.now();
  const truth = await generateLake(options);
  const seconds = (performance.now() - startMs) / 1000;
  if (truthFile !== undefined) writeFileSync(truthFile, `${JSON.stringify(truth, null, 1)}\n`);
  const { sessions, agents, ...totals } = truth;
  process.stdout.write(`${JSON.stringify({ ...totals, sessions: sessions.length, agents: agents.length }, null, 2)}\n`);
  process.stderr.write(`${(truth.bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(2)} s, ${(truth.bytes / 1e6 / seconds).toFixed(0)} MB/s\n`);
}

/** The exit code: 0 written, 1 failed, 2 wrong usage. */
export async function generateCommand(args: string[]): Promise<number> {
  try {
    await generate(args);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    process.stderr.write(isUsage ? `${message}\nTry --help.\n` : `generating failed: ${message}\n`);
    return isUsage ? 2 : 1;
  }
}
