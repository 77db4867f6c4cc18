// Values of options that are not settings: numbers, times, names; and the filters several commands share.

import { InvalidArgumentError, Option, type Command } from 'commander';
import { boundFromIso, isoFromMs } from '../core/time/time.ts';

const UNITS_MS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

export interface RecordFilterOptions {
  session?: string;
  project?: string;
  source?: string;
  type?: string[];
  tool?: string[];
}

/** Filters that a subscription does not have. */
export interface FurtherFilterOptions {
  role?: string;
  agent?: string;
  model?: string;
  isError?: boolean;
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

/** A lake offset: a decimal text of any length. */
export function offsetValue(text: string): string {
  if (/^\d{1,30}$/.test(text)) return BigInt(text).toString();
  throw new InvalidArgumentError('Give a lake offset, a decimal number such as 1200.');
}

/** An ISO time, or how long ago: `2026-11-20`, `2026-11-20T14:00Z`, `30min`, `12h`, `7d`, `2w`. */
export function timeValue(nowMs: number): (text: string) => string {
  return (text) => {
    const [, amount, unit] = /^(\d{1,5})(min|h|d|w)$/.exec(text) ?? [];
    const ms = amount !== undefined && unit !== undefined ? nowMs - Number(amount) * (UNITS_MS[unit] ?? Number.NaN) : boundFromIso(text);
    if (Number.isNaN(ms)) throw new InvalidArgumentError('Give an ISO 8601 date or time (UTC where no zone is given), or how long ago: 30min, 12h, 7d, 2w.');
    return isoFromMs(ms);
  };
}

/** Names that may be given several times or separated by commas. */
function names(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), ...text.split(',').map((name) => name.trim()).filter((name) => name !== '')];
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON for programs');
}

export function limitOption(fallback: number, max: number): Option {
  return new Option('--limit <NUMBER>', 'how many at most').default(fallback).argParser(wholeNumber(1, max));
}

export function cursorOption(): Option {
  return new Option('--cursor <CURSOR>', 'go on after a list: its next_cursor');
}

export function addRecordFilters(command: Command): Command {
  return command
    .option('--session <ID>', 'only this session; the first signs of its id will do')
    .option('--project <ID>', 'only this project')
    .option('--source <ID>', 'only this source, e.g. claude-code')
    .addOption(new Option('--type <NAME>', 'only records of this type; several by commas or repetition').argParser(names))
    .addOption(new Option('--tool <NAME>', 'only records that call this tool; several by commas or repetition').argParser(names));
}

export function addFurtherFilters(command: Command): Command {
  return command
    .option('--role <NAME>', 'only this role: user, assistant, …')
    .option('--agent <ID>', 'only this subagent')
    .option('--model <NAME>', 'only this model, the whole name')
    .addOption(truthOption('--is-error [BOOL]', 'only records that tell of a failure; false: only the others'));
}

/** A flag that may be followed by true or false. */
export function truthOption(flags: string, help: string): Option {
  return new Option(flags, help).preset('true').argParser((text: string) => {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new InvalidArgumentError('Give true or false.');
  });
}

/** As the API names them. */
export function furtherFilters({ role, agent, model, isError }: FurtherFilterOptions): { role: string | undefined; agent: string | undefined; model: string | undefined; is_error: boolean | undefined } {
  return { role, agent, model, is_error: isError };
}
