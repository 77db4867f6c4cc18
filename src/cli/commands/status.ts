// `status`: what the lake holds, whether it is caught up, and what is wrong.

import type { Command } from 'commander';
import type { LakeStatus } from '../../core/answers/lake-status.ts';
import { withClient, type Cli } from '../cli.ts';
import type { DaemonFile } from '../daemon-file.ts';
import { ago, bytes, count, duration, plural } from '../humanize.ts';
import { say, writeJson, writeLine } from '../io.ts';
import { jsonOption } from '../option-values.ts';
import { printable } from '../printable.ts';
import { rootLines } from '../root-lines.ts';
import { renderFields } from '../table.ts';

export function addStatus(program: Command, cli: Cli): void {
  const command = program.command('status').helpGroup('Run:').description('what is indexed and archived, and whether all is well')
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake status
  sessionlake status --json | jq .caught_up`)
    .action(async (options: { json?: true }) => {
      await withClient(cli, command, async (client) => {
        const status = await client.get<LakeStatus>('/api/status');
        if (client.daemon === null) say(cli.io, 'The daemon is not running; this is the index as it was left. "sessionlake start" starts it.');
        if (options.json === true) return writeJson(cli.io, status);
        return writeLine(cli.io, statusText(cli, status, client.daemon));
      });
    });
}

function statusText({ io, style }: Cli, status: LakeStatus, daemon: DaemonFile | null): string {
  const fields: [string, string][] = [
    ['Daemon', daemon === null ? style.yellow('not running') : `${style.green('running')} at ${printable(daemon.url)} (pid ${daemon.pid}, version ${printable(status.version)}, started ${ago(daemon.startedAt, io.now())})`],
    ['Index', indexText(status, daemon !== null)],
    ['Files', `${count(status.files)}, ${bytes(status.bytes_indexed)} of ${bytes(status.bytes_total)} indexed`],
    ['Lines', `${count(status.lines)}, ${status.rejects === 0 ? 'none rejected' : `${count(status.rejects)} rejected: "sessionlake rejects"`}`],
    ['Sessions', count(status.sessions)],
    ['Archive', archiveText(status.archive)],
    ...rootLines(status.roots, style).map((line, index): [string, string] => [index === 0 ? 'Roots' : '', line]),
    ...(status.sample ? [['', style.yellow('No logs of agents were found: this is the sample that comes with sessionlake.')] satisfies [string, string]] : []),
  ];
  const problems = status.problems.flatMap((problem) => [
    `${style.red('!')} ${printable(problem.message)}${problem.path === null ? '' : ` (${printable(problem.path)})`}`,
    ...(problem.hint === null ? [] : [`  ${style.dim(printable(problem.hint))}`]),
  ]);
  return [renderFields(fields, style), ...problems].join('\n');
}

function indexText(status: LakeStatus, running: boolean): string {
  if (!running) return `top ${status.top}`;
  const mode = { watch: 'watching for changes', sweep: 'looking for changes at intervals', none: 'not watching' }[status.watch_mode];
  return `${status.caught_up ? 'caught up' : `behind by ${bytes(Math.max(0, status.bytes_total - status.bytes_indexed))}, lag ${duration(status.lag_ms)}`}, ${mode}`;
}

function archiveText(archive: LakeStatus['archive']): string {
  const parts = [`${plural(archive.parts, 'part')}, ${bytes(archive.bytes)} for ${bytes(archive.source_bytes)} of logs`];
  if (archive.pending_bytes > 0) parts.push(`${bytes(archive.pending_bytes)} due`);
  if (archive.lost_bytes > 0) parts.push(`${bytes(archive.lost_bytes)} lost`);
  if (archive.last_error !== null) parts.push(`last error: ${printable(archive.last_error)}`);
  return parts.join(', ');
}
