// `sessions`: the list of sessions, newest activity first.

import { Option, type Command } from 'commander';
import { SESSION_SORTS } from '../../core/answers/questions.ts';
import type { SessionItem } from '../../core/answers/session-item.ts';
import { withClient, type Cli } from '../cli.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { cursorOption, jsonOption, limitOption, timeValue } from '../option-values.ts';
import { fetchList } from '../pages.ts';
import { sessionTable } from '../session-view.ts';

interface SessionsOptions {
  project?: string;
  source?: string;
  status?: string;
  since?: string;
  until?: string;
  model?: string;
  q?: string;
  sort: string;
  limit: number;
  cursor?: string;
  json?: true;
}

export function addSessions(program: Command, cli: Cli): void {
  const time = timeValue(cli.io.now());
  const command = program.command('sessions').helpGroup('Look:').description('list sessions, newest activity first')
    .option('--project <ID>', 'only of this project')
    .option('--source <ID>', 'only of this source, e.g. claude-code')
    .addOption(new Option('--status <NAME>', 'only with this status').choices(['active', 'idle', 'completed', 'archived']))
    .addOption(new Option('--since <TIME>', 'active since then: 2026-11-20, 12h, 7d').argParser(time))
    .addOption(new Option('--until <TIME>', 'active before then').argParser(time))
    .option('--model <NAME>', 'only where this model was used')
    .option('-q, --q <TEXT>', 'only where the title holds this text')
    .addOption(new Option('--sort <ORDER>', 'by what').choices(SESSION_SORTS).default('-last_activity'))
    .addOption(limitOption(50, 100_000))
    .addOption(cursorOption())
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake sessions                      the 50 with the newest activity
  sessionlake sessions --since 7d -q login  of the last week, with "login" in the title
  sessionlake sessions --json --limit 500   for programs`)
    .action(async (options: SessionsOptions) => sessions(cli, command, options));
}

async function sessions(cli: Cli, command: Command, options: SessionsOptions): Promise<void> {
  const { limit, cursor, json, ...query } = options;
  const page = await withClient(cli, command, (client) => fetchList<SessionItem>(client, { path: '/api/sessions', query: { ...query }, limit, pageMax: 500, cursor }));
  const { io, style } = cli;
  if (json === true) return writeJson(io, page);
  if (page.items.length === 0) {
    const filtered = Object.keys(query).some((name) => name !== 'sort');
    say(io, filtered ? 'No session matches. Leave out a filter to see more.' : 'There is no session yet. Work with an agent, or look at "sessionlake status" for where logs are read from.');
    return undefined;
  }
  await writeLine(io, sessionTable(page.items, style, io.now(), widthOf(io.stdout)));
  if (page.has_more) say(io, `There are more: --limit ${limit * 2}, or --cursor ${page.next_cursor ?? ''}`);
  return undefined;
}
