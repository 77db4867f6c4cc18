// `tree ID`: a session and the subagents it started, at any depth.

import type { Command } from 'commander';
import type { SessionTree } from '../../core/answers/session-tree.ts';
import { withClient, type Cli } from '../cli.ts';
import { widthOf, writeJson, writeLine } from '../io.ts';
import { jsonOption } from '../option-values.ts';
import { findSession, sessionPath } from '../session-id.ts';
import { renderTree } from '../tree-view.ts';

export function addTree(program: Command, cli: Cli): void {
  const command = program.command('tree').helpGroup('Look:').description('show a session with its subagents as a tree')
    .argument('<ID>', 'the id of the session; the first signs will do')
    .addOption(jsonOption())
    .addHelpText('after', `
Example:
  sessionlake tree 3f2a91c0`)
    .action(async (id: string, options: { json?: true }) => {
      await withClient(cli, command, async (client) => {
        const session = await findSession(client, id);
        const tree = await client.get<SessionTree>(sessionPath(session.id, '/tree'));
        if (options.json === true) return writeJson(cli.io, tree);
        return writeLine(cli.io, renderTree(tree, cli.style, widthOf(cli.io.stdout)));
      });
    });
}
