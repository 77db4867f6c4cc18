// `session ID`: one session, and the last things said in it.

import { Option, type Command } from 'commander';
import type { Page } from '../../core/items.ts';
import type { LakeRecord } from '../../core/record.ts';
import { withClient, type Cli } from '../cli.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { jsonOption, wholeNumber } from '../option-values.ts';
import { findSession, sessionPath } from '../session-id.ts';
import { sessionFields } from '../session-view.ts';
import { tailLine } from '../tail-line.ts';

interface SessionOptions {
  lines: number;
  json?: true;
}

export function addSession(program: Command, cli: Cli): void {
  const command = program.command('session').helpGroup('Look:').description('show one session and its last messages')
    .argument('<ID>', 'its id; the first signs will do')
    .addOption(new Option('-n, --lines <NUMBER>', 'how many of its last messages').default(10).argParser(wholeNumber(0, 1000)))
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake session 3f2a91c0        what it was about, and its last 10 messages
  sessionlake session 3f2a91c0 --json its figures, for programs`)
    .action(async (id: string, options: SessionOptions) => session(cli, command, id, options));
}

async function session(cli: Cli, command: Command, given: string, options: SessionOptions): Promise<void> {
  await withClient(cli, command, async (client) => {
    const { io, style } = cli;
    const found = await findSession(client, given);
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
