// `import`: takes over what somebody downloaded about themselves.

import type { Command } from 'commander';
import type { LakeStatus } from '../../core/answers/lake-status.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { settingsOf, type Cli } from '../cli.ts';
import { bytes, count } from '../humanize.ts';
import { say, writeJson } from '../io.ts';
import { openDaemonClient } from '../open-client.ts';
import { jsonOption } from '../option-values.ts';
import { percentProgress } from '../percent-progress.ts';

export function addImport(program: Command, cli: Cli): void {
  const command = program.command('import <FILE>').helpGroup('Set up:').description('take over conversations that you downloaded: of Claude.ai, ChatGPT or OpenCode')
    .addOption(jsonOption())
    .addHelpText('after', `
FILE is conversations.json from Claude.ai's or ChatGPT's "export data", or what "opencode export" wrote.
The same file again, or a newer one, adds only what is new in it.

Example:
  sessionlake import ~/Downloads/conversations.json`)
    .action(async (file: string, options: { json?: true }) => importCommand(cli, command, file, options));
}

async function importCommand(cli: Cli, command: Command, file: string, { json }: { json?: true }): Promise<void> {
  const settings = settingsOf(cli, command);
  const { importFile } = await cli.loadDaemon();
  const progress = await percentProgress(cli.io, 'Importing');
  try {
    const result = await importFile(settings, file, { onProgress: (done, total) => progress.update(done, total) });
    progress.finish();
    if (json === true) return await writeJson(cli.io, result);
    say(cli.io, `${file}: ${count(result.imported)} of ${count(result.items)} items (${bytes(result.bytes)}) are new and were taken over as source ${result.source}.`);
    say(cli.io, await whenIndexed(settings, result.source));
  } finally {
    progress.finish();
  }
  return undefined;
}

async function whenIndexed(settings: Settings, source: string): Promise<string> {
  const client = await openDaemonClient(settings);
  if (client === null) return 'They are indexed when the daemon starts: "sessionlake start".';
  try {
    // What the sample is served from reads nothing else; a daemon that does not tell is taken at its best.
    const { sample } = await client.get<LakeStatus>('/api/status').catch(() => ({ sample: false }));
    return sample ? 'The daemon serves the sample: stop it and start it again, and they are indexed in its place.' : `The daemon indexes them now: "sessionlake sessions --source ${source}".`;
  } finally {
    await client.close();
  }
}
