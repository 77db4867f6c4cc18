// `token`: prints the API token, and nothing else, so that it can be put into a command.

import type { Command } from 'commander';
import { LakeError } from '../../core/errors.ts';
import { settingsOf, type Cli } from '../cli.ts';
import { readToken } from '../daemon-file.ts';
import { writeJson, writeLine } from '../io.ts';
import { jsonOption } from '../option-values.ts';

export function addToken(program: Command, cli: Cli): void {
  const command = program.command('token').helpGroup('Set up:').description('print the token that the API asks for')
    .addOption(jsonOption())
    .addHelpText('after', `
Example:
  curl -H "Authorization: Bearer $(sessionlake token)" http://127.0.0.1:7433/api/status`)
    .action(async (options: { json?: true }) => {
      const settings = settingsOf(cli, command);
      const token = readToken(settings);
      if (token === null) {
        throw new LakeError('not_found', `There is no token in ${settings.dataDir} yet.`, { hint: 'The daemon makes one when it starts: "sessionlake start". Or set your own in SESSIONLAKE_TOKEN.' });
      }
      await (options.json === true ? writeJson(cli.io, { token }) : writeLine(cli.io, token));
    });
}
