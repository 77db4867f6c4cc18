// `ledger ID`: each model call of a session and why it counts or does not, down to the line.

import type { Command } from 'commander';
import type { AggregateItem } from '../../core/answers/aggregate-answer.ts';
import type { LedgerCall, LedgerPage } from '../../core/answers/ledger-page.ts';
import type { ApiClient } from '../api-client.ts';
import { withClient, type Cli } from '../cli.ts';
import { cost, count, plural, shortId, tokens, totalTokens } from '../humanize.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { cursorOption, jsonOption, limitOption } from '../option-values.ts';
import { fetchList } from '../pages.ts';
import { findSession, sessionPath } from '../session-id.ts';
import { renderTable } from '../table.ts';

interface LedgerOptions {
  limit: number;
  cursor?: string;
  lines?: true;
  json?: true;
}

interface Row {
  call: LedgerCall;
  /** Of the line; of the call itself without lines. */
  place: string;
  verdict: string;
  output: number;
  first: boolean;
}

export function addLedger(program: Command, cli: Cli): void {
  const command = program.command('ledger').helpGroup('Look:').description('show each model call of a session, with the lines it is known by and why each counts or not')
    .argument('<ID>', 'the id of the session; the first signs will do')
    .option('--lines', 'also every line of each call')
    .addOption(limitOption(100, 100_000))
    .addOption(cursorOption())
    .addOption(jsonOption())
    .addHelpText('after', `
Calls: counted; inherited, where another session had the call first; replay, where a side chain repeats it.
Lines: kept is the one with the most output, which is the call's; the others repeat it.

Examples:
  sessionlake ledger 3f2a91c0
  sessionlake ledger 3f2a91c0 --lines`)
    .action(async (id: string, options: LedgerOptions) => ledger(cli, command, id, options));
}

async function ledger(cli: Cli, command: Command, given: string, options: LedgerOptions): Promise<void> {
  const { io, style } = cli;
  const { page, totals } = await withClient(cli, command, async (client) => fetchLedger(client, given, options));
  if (options.json === true) return writeJson(io, { ...page, totals });
  if (page.items.length === 0) return say(io, 'No line of this session tells of a model call.');
  await writeLine(io, renderTable<Row>([
    { title: 'TIME', text: ({ call, first }) => (first ? (call.at?.slice(0, 19).replace('T', ' ') ?? '-') : '') },
    { title: 'MODEL', text: ({ call, first }) => (first ? (call.model ?? '-') : ''), shrinkTo: 12 },
    { title: 'AGENT', text: ({ call, first }) => (first ? (call.agent_id === null ? '-' : shortId(call.agent_id)) : ''), optional: true },
    { title: 'COUNTS', text: ({ verdict }) => verdict, paint: (text, { verdict }) => (verdict === 'counted' || verdict === 'kept' ? style.green(text) : style.dim(text)) },
    { title: 'OUT', text: ({ output }) => count(output), align: 'right' },
    { title: 'TOKENS', text: ({ call, first }) => (first ? tokens(totalTokens(call.usage)) : ''), align: 'right' },
    { title: 'COST', text: ({ call, first }) => (first ? cost(call.cost_usd) : ''), align: 'right' },
    { title: 'LINES', text: ({ place }) => place, shrinkTo: 16, cut: 'start', paint: style.dim },
  ], page.items.flatMap((call) => rowsOf(call, options.lines === true)), style, widthOf(io.stdout)));
  say(io, `The session with its subagents: ${plural(totals.calls, 'call')}, ${tokens(totalTokens(totals))} tokens, ${cost(totals.cost_usd)}.`);
  if (page.has_more) say(io, `There are more: --limit ${options.limit * 2}, or --cursor ${page.next_cursor ?? ''}`);
  return undefined;
}

async function fetchLedger(client: ApiClient, given: string, { limit, cursor }: LedgerOptions): Promise<{ page: Awaited<ReturnType<typeof fetchList<LedgerCall>>>; totals: AggregateItem }> {
  const session = await findSession(client, given);
  const path = sessionPath(session.id, '/ledger');
  const { totals } = await client.get<LedgerPage>(path, { limit: 1 });
  return { page: await fetchList<LedgerCall>(client, { path, query: {}, limit, pageMax: 1000, cursor }), totals };
}

function rowsOf(call: LedgerCall, withLines: boolean): Row[] {
  const kept = call.lines.find((line) => line.kept) ?? call.lines[0];
  const more = call.lines.length - 1;
  const place = kept === undefined ? '-' : `${kept.path}:${kept.line}`;
  const verdict = call.rule + (call.ambiguous ? ', ambiguous' : '');
  const head: Row = { call, place: withLines || more < 1 ? place : `${place} and ${more} more`, verdict, output: call.usage.output_tokens, first: true };
  if (!withLines) return [head];
  return [{ ...head, place: '' }, ...call.lines.map((line): Row => ({ call, place: `${line.path}:${line.line}`, verdict: line.kept ? 'kept' : line.rule, output: line.usage.output_tokens, first: false }))];
}
