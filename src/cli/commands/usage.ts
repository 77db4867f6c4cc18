// `usage`: tokens and cost by day, week, month, session, project, model, source or agent, and by blocks of
// five hours, in the user's own days.

import { Argument, Option, type Command } from 'commander';
import { messageOf } from '../../core/errors.ts';
import type { AggregateAnswer } from '../../core/answers/aggregate-answer.ts';
import type { BlocksAnswer } from '../../core/answers/block-item.ts';
import type { SessionItem } from '../../core/answers/session-item.ts';
import type { ApiClient } from '../api-client.ts';
import { blockTable, burnLines } from '../block-rows.ts';
import { withClient, type Cli } from '../cli.ts';
import { plural } from '../humanize.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { jsonOption } from '../option-values.ts';
import { fetchList } from '../pages.ts';
import { findSession } from '../session-id.ts';
import { systemTimeZone, timeZoneValue, usageRange, type UsageRange } from '../usage-range.ts';
import { ordered, usageTable, type Order, type SessionWords, type UsageGrouping } from '../usage-rows.ts';

const GROUPINGS: Record<string, UsageGrouping> = {
  daily: 'day', weekly: 'week', monthly: 'month', session: 'session', project: 'project', model: 'model', source: 'source', agent: 'agent',
};

interface UsageOptions {
  since?: string;
  until?: string;
  timezone?: string;
  project?: string;
  source?: string;
  session?: string;
  model?: string;
  breakdown?: true;
  active?: true;
  order?: Order;
  json?: true;
}

type ZonedOptions = UsageOptions & { timezone: string };
type Places = Record<'project' | 'source' | 'session', string | undefined>;

export function addUsage(program: Command, cli: Cli): void {
  const command = program.command('usage').helpGroup('Look:').description('tokens and cost, by day unless told otherwise')
    .addArgument(new Argument('[by]', 'by what').choices([...Object.keys(GROUPINGS), 'blocks']).default('daily'))
    .option('--since <TIME>', 'from this day on: 2026-11-01, 20261101, 7d')
    .option('--until <TIME>', 'until this day, which is included')
    .addOption(new Option('--timezone <NAME>', "whose days: an IANA name (default: this machine's)").argParser(timeZoneValue))
    .option('--project <ID>', 'only of this project')
    .option('--source <ID>', 'only of this source, e.g. claude-code')
    .option('--session <ID>', 'only of this session; the first signs of its id will do')
    .option('--model <NAME>', 'only of this model; not for blocks')
    .option('--breakdown', 'a line for each model; not for blocks')
    .option('--active', 'blocks: only the one that runs now')
    .addOption(new Option('--order <ORDER>', 'asc or desc; by time, else by cost').choices(['asc', 'desc']))
    .addOption(jsonOption())
    .addHelpText('after', `
Each model call is counted once, at its own model's price of its day. A cost with a + leaves calls out
whose model has no known price. docs/ledger.md says how.

Examples:
  sessionlake usage                          by day
  sessionlake usage monthly --breakdown      by month, with a line for each model
  sessionlake usage session --since 7d       the sessions of the last week
  sessionlake usage blocks --active          the five hours that run now, and how fast they are used`)
    .action(async (by: string, options: UsageOptions) => usage(cli, command, by, options));
}

async function usage(cli: Cli, command: Command, by: string, given: UsageOptions): Promise<void> {
  const options = { ...given, timezone: given.timezone ?? systemTimeZone() };
  const range = rangeOf(command, () => usageRange(options.since, options.until, options.timezone, cli.io.now()));
  const grouping = GROUPINGS[by];
  if (grouping !== undefined && options.active === true) command.error('error: --active is for "usage blocks"', { exitCode: 2 });
  if (grouping === undefined && (options.model !== undefined || options.breakdown === true)) command.error('error: --model and --breakdown are not for "usage blocks"', { exitCode: 2 });
  await withClient(cli, command, async (client) => {
    const places = await placesOf(client, options);
    return grouping === undefined ? showBlocks(cli, client, options, places, range) : showGroups(cli, client, grouping, options, places, range);
  });
}

async function showGroups(cli: Cli, client: ApiClient, grouping: UsageGrouping, options: ZonedOptions, places: Places, range: UsageRange): Promise<void> {
  const { io, style } = cli;
  const { timezone, model, breakdown = false, order, json } = options;
  const answer = await client.get<AggregateAnswer>('/api/metrics/aggregate', { group_by: grouping, breakdown: 'model', timezone, ...range, ...places, model });
  const words = grouping === 'session' && answer.items.length > 0 ? await sessionWords(client, places, range) : new Map<string, SessionWords>();
  const items = ordered(answer, grouping, order, words);
  if (json === true) return writeJson(io, { ...answer, items });
  if (items.length === 0) return say(io, 'No model call matches. Leave out a filter to see more.');
  await writeLine(io, usageTable(items, answer.totals, { grouping, breakdown, words }, style, widthOf(io.stdout)));
  return sayUnpriced(cli, answer);
}

async function showBlocks(cli: Cli, client: ApiClient, options: ZonedOptions, places: Places, range: UsageRange): Promise<void> {
  const { io, style } = cli;
  const { timezone, active = false, order, json } = options;
  const answer = await client.get<BlocksAnswer>('/api/usage/blocks', { ...range, ...places, active });
  const newestFirst = order === 'desc';
  if (json === true) return writeJson(io, { ...answer, items: newestFirst ? answer.items.toReversed() : answer.items });
  if (answer.items.length === 0) return say(io, active ? 'No block runs now: the last model call was more than five hours ago.' : 'No model call matches. Leave out a filter to see more.');
  await writeLine(io, blockTable(answer.items, { timeZone: timezone, nowMs: io.now(), newestFirst }, style, widthOf(io.stdout)));
  const running = answer.items.find((block) => block.active);
  if (running !== undefined) for (const line of burnLines(running)) await writeLine(io, line);
  return undefined;
}

async function sessionWords(client: ApiClient, { project, source }: Places, range: UsageRange): Promise<Map<string, SessionWords>> {
  const { items } = await fetchList<SessionItem>(client, { path: '/api/sessions', query: { project, source, ...range }, limit: 1_000_000, pageMax: 500, cursor: undefined });
  return new Map(items.map(({ id, title, last_activity }) => [id, { title, last_activity }]));
}

function sayUnpriced({ io }: Cli, { totals }: AggregateAnswer): void {
  const names = (totals.breakdown ?? []).filter(({ unpriced_calls: calls }) => calls > 0).map(({ model }) => model ?? '(no model)');
  if (names.length > 0) say(io, `No price is known for ${plural(totals.unpriced_calls, 'call')} (${names.join(', ')}); the costs leave them out.`);
}

async function placesOf(client: ApiClient, { project, source, session }: UsageOptions): Promise<Places> {
  return { project, source, session: session === undefined ? undefined : (await findSession(client, session)).id };
}

function rangeOf(command: Command, read: () => UsageRange): UsageRange {
  try {
    return read();
  } catch (error) {
    return command.error(`error: ${messageOf(error)}`, { exitCode: 2 });
  }
}
