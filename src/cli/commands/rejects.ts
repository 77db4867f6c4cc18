// `rejects`: every line that was not indexed, where it lies and why.

import type { Command } from 'commander';
import type { RejectItem } from '../../core/answers/reject-item.ts';
import { withClient, type Cli } from '../cli.ts';
import { count } from '../humanize.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { cursorOption, jsonOption, limitOption } from '../option-values.ts';
import { fetchList } from '../pages.ts';
import { sessionIdOf } from '../session-id.ts';
import { renderTable } from '../table.ts';

interface RejectsOptions {
  source?: string;
  project?: string;
  session?: string;
  file?: string;
  reason?: string;
  kept?: true;
  limit: number;
  cursor?: string;
  json?: true;
}

export function addRejects(program: Command, cli: Cli): void {
  const command = program.command('rejects').helpGroup('Look:').description('list the lines that were not indexed, with file, byte range and reason')
    .option('--source <ID>', 'only of this source')
    .option('--project <ID>', 'only of this project')
    .option('--session <ID>', 'only of this session; the first signs of its id will do')
    .option('--file <ID>', 'only of this file')
    .option('--reason <NAME>', 'only for this reason, e.g. invalid_json')
    .option('--kept', 'instead of these, records in which something is wrong: they are kept, and flagged')
    .addOption(limitOption(100, 100_000))
    .addOption(cursorOption())
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake rejects
  sessionlake rejects --reason invalid_json --json`)
    .action(async (options: RejectsOptions) => rejects(cli, command, options));
}

async function rejects(cli: Cli, command: Command, options: RejectsOptions): Promise<void> {
  const { limit, cursor, json, ...query } = options;
  const page = await withClient(cli, command, async (client) => {
    const session = query.session === undefined ? undefined : await sessionIdOf(client, query.session);
    return fetchList<RejectItem>(client, { path: '/api/rejects', query: { ...query, session }, limit, pageMax: 1000, cursor });
  });
  const { io, style } = cli;
  if (json === true) return writeJson(io, page);
  if (page.items.length === 0) return say(io, Object.keys(query).length > 0 ? 'No rejected line matches.' : 'Every complete line was indexed.');
  await writeLine(io, renderTable<RejectItem>([
    { title: 'REASON', text: (line) => line.reason, paint: style.yellow },
    { title: 'LINE', text: (line) => count(line.line), align: 'right' },
    { title: 'BYTES', text: (line) => `${line.byte_offset}+${line.byte_length}`, align: 'right' },
    { title: 'FILE', text: (line) => line.path, shrinkTo: 20, cut: 'start' },
    { title: 'DETAIL', text: (line) => line.detail ?? '-', shrinkTo: 12, paint: style.dim },
  ], page.items, style, widthOf(io.stdout)));
  if (page.has_more) say(io, `There are more: --limit ${limit * 2}, or --cursor ${page.next_cursor ?? ''}`);
  return undefined;
}
