// `statusline`: one line for an agent's status bar, from the JSON that its hook gives on standard input.
// It must be quick and must not fail, whatever it is given and whether or not a daemon runs: then it says
// what the hook itself told.

import type { Command } from 'commander';
import type { AggregateAnswer } from '../../core/answers/aggregate-answer.ts';
import type { BlocksAnswer } from '../../core/answers/block-item.ts';
import type { SessionItem } from '../../core/answers/session-item.ts';
import { isoFromMs } from '../../core/time/time.ts';
import type { Query } from '../api-client.ts';
import { minutesLeft } from '../block-rows.ts';
import { settingsOf, type Cli } from '../cli.ts';
import { readDaemonFile, readToken } from '../daemon-file.ts';
import { HttpClient } from '../http-client.ts';
import { cost } from '../humanize.ts';
import { writeLine } from '../io.ts';
import { printable } from '../printable.ts';
import { readHook, type Hook } from '../status-hook.ts';

/** A daemon that is too busy to answer: by then, less is said. */
const ANSWER_MS = 1500;

interface Known {
  session: SessionItem | null;
  today: AggregateAnswer | null;
  block: BlocksAnswer['items'][number] | null;
}

const NOTHING: Known = { session: null, today: null, block: null };

export function addStatusline(program: Command, cli: Cli): void {
  const command = program.command('statusline').helpGroup('Look:').description("one line for an agent's status bar, from its hook's JSON on standard input")
    .addHelpText('after', `
In Claude Code's settings.json:
  "statusLine": { "type": "command", "command": "sessionlake statusline" }`)
    .action(async () => writeLine(cli.io, await statusline(cli, command)));
}

async function statusline(cli: Cli, command: Command): Promise<string> {
  const hook = await readHook(cli.io.stdin);
  try {
    return line(hook, await ask(cli, command, hook), cli.io.now());
  } catch {
    return line(hook, NOTHING, cli.io.now());
  }
}

function line(hook: Hook, { session, today, block }: Known, nowMs: number): string {
  const ofSession = session?.cost_rollup_usd ?? hook.costUsd;
  const perHour = block?.burn_rate?.cost_per_hour_usd ?? null;
  const parts = [
    hook.model,
    ofSession === null ? null : `${cost(ofSession)} session`,
    today === null || today.totals.cost_usd === null ? null : `${cost(today.totals.cost_usd)} today`,
    block === null || block.cost_usd === null ? null : `${cost(block.cost_usd)} block, ${minutesLeft(block, nowMs)} left`,
    perHour === null ? null : `${cost(perHour)}/h`,
    hook.contextPercent === null ? null : `${Math.round(hook.contextPercent)}% context`,
  ];
  const told = parts.filter((part) => part !== null).map(printable);
  return told.length === 0 ? 'sessionlake' : told.join(' | ');
}

/** Each question for itself: what is answered in time is shown. */
async function ask(cli: Cli, command: Command, hook: Hook): Promise<Known> {
  const settings = settingsOf(cli, command);
  const daemon = readDaemonFile(settings.dataDir);
  if (daemon === null) return NOTHING;
  const client = new HttpClient(daemon, readToken(settings));
  const get = <T>(path: string, query: Query = {}): Promise<T | null> => client.get<T>(path, query).catch(() => null);
  const late = new Promise<null>((resolve) => {
    setTimeout(resolve, ANSWER_MS, null);
  });
  const inTime = <T>(answer: Promise<T | null>): Promise<T | null> => Promise.race([answer, late]);
  // Not by the name of the zone: loading its rules by Intl takes ten milliseconds.
  const since = isoFromMs(new Date(cli.io.now()).setHours(0, 0, 0, 0));
  const [session, today, blocks] = await Promise.all([
    hook.session === null ? null : inTime(get<SessionItem>(`/api/sessions/${encodeURIComponent(hook.session)}`)),
    inTime(get<AggregateAnswer>('/api/metrics/aggregate', { since })),
    inTime(get<BlocksAnswer>('/api/usage/blocks', { active: true })),
  ]);
  await client.close();
  return { session, today, block: blocks?.items[0] ?? null };
}
