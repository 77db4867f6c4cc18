// `session ID`: one session, and the last things said in it.

import { Option, type Command } from 'commander';
import type { Page } from '../../core/answers/page.ts';
import type { LakeRecord } from '../../core/answers/record.ts';
import type { ExchangeItem } from '../../core/answers/session-views.ts';
import type { ApiClient } from '../api-client.ts';
import { withClient, type Cli } from '../cli.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { jsonOption, wholeNumber } from '../option-values.ts';
import { fetchList } from '../pages.ts';
import { findSession, sessionPath } from '../session-id.ts';
import { sessionFields } from '../session-view.ts';
import { tailLine } from '../tail-line.ts';
import { turnTable } from '../turn-table.ts';

const TURNS_MAX = 10_000;

interface SessionOptions {
  lines: number;
  turns?: true;
  json?: true;
}

export function addSession(program: Command, cli: Cli): void {
  const command = program.command('session').helpGroup('Look:').description('show one session and its last messages')
    .argument('<ID>', 'its id; the first signs will do')
    .addOption(new Option('-n, --lines <NUMBER>', 'how many of its last messages').default(10).argParser(wholeNumber(0, 1000)))
    .option('--turns', 'what was asked, turn by turn, instead of the last messages')
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake session 3f2a91c0        what it was about, and its last 10 messages
  sessionlake session 3f2a91c0 --turns  what was asked and answered, and what it cost
  sessionlake session 3f2a91c0 --json its figures, for programs`)
    .action(async (id: string, options: SessionOptions) => session(cli, command, id, options));
}

async function session(cli: Cli, command: Command, given: string, options: SessionOptions): Promise<void> {
  await withClient(cli, command, async (client) => {
    const { io, style } = cli;
    const found = await findSession(client, given);
    if (options.turns === true) return turns(cli, client, found.id, options);
    if (options.json === true) return writeJson(io, found);
    await writeLine(io, sessionFields(found, style, io.now()));
    if (options.lines > 0) {
      const page = await client.get<Page<LakeRecord>>(sessionPath(found.id, '/messages'), { limit: options.lines, order: 'desc' });
      if (page.items.length > 0) await writeLine(io, '');
      for (const record of page.items.toReversed()) await writeLine(io, tailLine(record, { style, width: widthOf(io.stdout) }));
    }
    if (found.subagent_count > 0 && io.stderr.isTTY === true) say(io, style.dim(`\nIts subagents: sessionlake tree ${given}`));
    return undefined;
  });
}

async function turns({ io, style }: Cli, client: ApiClient, id: string, { json }: SessionOptions): Promise<void> {
  const page = await fetchList<ExchangeItem>(client, { path: sessionPath(id, '/exchanges'), query: {}, limit: TURNS_MAX, pageMax: 200, cursor: undefined });
  if (json === true) return writeJson(io, page);
  if (page.items.length === 0) return say(io, 'Nothing was asked in it.');
  return writeLine(io, turnTable(page.items, style, widthOf(io.stdout)));
}
