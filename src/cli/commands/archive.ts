// `archive run|list|verify|compact`: completed sessions as Parquet; what there is of it, and whether it is whole.

import type { Command } from 'commander';
import { Option } from 'commander';
import type { ArchivePartItem } from '../../core/answers/archive-part-item.ts';
import { LakeError } from '../../core/errors.ts';
import { withClient, type Cli } from '../cli.ts';
import type { ArchiveCompactResult, ArchiveRunResult } from '../../daemon/port.ts';
import { ago, bytes, count, plural } from '../humanize.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { runJob } from '../jobs.ts';
import { cursorOption, jsonOption, limitOption } from '../option-values.ts';
import { fetchList } from '../pages.ts';
import { performJob, progressTeller, reportJob } from '../perform-job.ts';
import { printable } from '../printable.ts';
import { archiveRunText } from '../serving-view.ts';
import { sessionIdOf } from '../session-id.ts';
import { renderTable } from '../table.ts';

interface VerifyResult {
  parts: number;
  bytes: number;
  problems: { part: ArchivePartItem; problem: string }[];
}

interface ListOptions {
  source?: string;
  month?: string;
  session?: string;
  limit: number;
  cursor?: string;
  json?: true;
}

export function addArchive(program: Command, cli: Cli): void {
  const archive = program.command('archive').helpGroup('Keep:').description('completed sessions as Parquet: archive them now, list, verify, compact')
    .addHelpText('after', `
Examples:
  sessionlake archive run          what has been quiet for long enough
  sessionlake archive run --all    everything, quiet or not
  sessionlake archive list --month 2026-11
  sessionlake archive verify       reads every part again and compares
  sessionlake archive compact      makes few large parts of many small ones`);
  const run = archive.command('run').description('archive now what is due')
    .option('--all', 'do not wait until sessions are quiet')
    .addOption(jsonOption());
  run.action(async (options: { all?: true; json?: true }) => runArchive(cli, run, options));
  const verify = archive.command('verify').description('read every part again and compare it with what was archived')
    .addOption(jsonOption());
  verify.action(async (options: { json?: true }) => verifyArchive(cli, verify, options));
  const compact = archive.command('compact').description('make few large parts of many small ones')
    .addOption(jsonOption());
  compact.action(async (options: { json?: true }) => compactArchive(cli, compact, options));
  addList(archive, cli);
}

function addList(archive: Command, cli: Cli): void {
  const list = archive.command('list').description('list the parts of the archive')
    .option('--source <ID>', 'only of this source')
    .addOption(new Option('--month <YYYY-MM>', 'only of this month (UTC)'))
    .option('--session <ID>', 'only with lines of this session; the first signs of its id will do')
    .addOption(limitOption(100, 100_000))
    .addOption(cursorOption())
    .addOption(jsonOption());
  list.action(async (options: ListOptions) => listParts(cli, list, options));
}

async function runArchive(cli: Cli, command: Command, options: { all?: true; json?: true }): Promise<void> {
  const request = { type: 'archive_run', all: options.all === true } as const;
  await performJob(cli, command, request, options.json === true, (result) => archiveRunText(result as ArchiveRunResult));
}

async function compactArchive(cli: Cli, command: Command, options: { json?: true }): Promise<void> {
  const result = await performJob(cli, command, { type: 'archive_compact' }, options.json === true, (done) => compactText(done as ArchiveCompactResult));
  const { skipped } = result as ArchiveCompactResult;
  for (const { part, reason } of skipped) say(cli.io, `${printable(part)}: ${printable(reason)}`);
  if (skipped.length > 0) throw new LakeError('archive', `${plural(skipped.length, 'part')} could not be merged.`, { hint: '"sessionlake doctor" says what is wrong with them.' });
}

function compactText({ merged, parts, bytes_before: before, bytes_after: after }: ArchiveCompactResult): string {
  return merged === 0 ? 'There is nothing to merge.' : `${plural(merged, 'part')} became ${parts}, ${bytes(before)} became ${bytes(after)}.`;
}

async function verifyArchive(cli: Cli, command: Command, options: { json?: true }): Promise<void> {
  await withClient(cli, command, async (client) => {
    const job = await runJob(client, { type: 'archive_verify' }, progressTeller(cli));
    await reportJob(cli, job, options.json === true, (result) => verifyText(result as VerifyResult));
    const { problems } = job.result as VerifyResult;
    if (problems.length > 0) {
      throw new LakeError('archive', `${plural(problems.length, 'part')} of the archive ${problems.length === 1 ? 'is' : 'are'} damaged.`, {
        hint: 'Restore the named files from a backup. What is still in its source files is not lost.',
      });
    }
  });
}

function verifyText({ parts, bytes: size, problems }: VerifyResult): string {
  if (parts === 0) return 'There is no archive yet: "sessionlake archive run" makes it.';
  if (problems.length === 0) return `${plural(parts, 'part')} verified, ${bytes(size)}: every one is whole.`;
  return problems.map(({ part, problem }) => `${printable(part.path)}: ${printable(problem)}`).join('\n');
}

async function listParts(cli: Cli, command: Command, options: ListOptions): Promise<void> {
  const { limit, cursor, json, ...query } = options;
  const page = await withClient(cli, command, async (client) => {
    const session = query.session === undefined ? undefined : await sessionIdOf(client, query.session);
    return fetchList<ArchivePartItem>(client, { path: '/api/archive', query: { ...query, session }, limit, pageMax: 1000, cursor });
  });
  const { io, style } = cli;
  if (json === true) return writeJson(io, page);
  if (page.items.length === 0) return say(io, Object.keys(query).length > 0 ? 'No part matches.' : 'Nothing is archived yet. Sessions are once they were quiet for a while; "sessionlake archive run --all" does not wait.');
  await writeLine(io, renderTable<ArchivePartItem>([
    { title: 'MONTH', text: (part) => part.month, paint: style.cyan },
    { title: 'SOURCE', text: (part) => part.source },
    { title: 'SESSIONS', text: (part) => count(part.sessions), align: 'right' },
    { title: 'LINES', text: (part) => count(part.rows), align: 'right' },
    { title: 'LOGS', text: (part) => bytes(part.source_bytes), align: 'right' },
    { title: 'PARQUET', text: (part) => bytes(part.bytes), align: 'right' },
    { title: 'MADE', text: (part) => ago(part.created_at, io.now()), align: 'right', optional: true },
    { title: 'PATH', text: (part) => part.path, shrinkTo: 16, cut: 'start', paint: style.dim },
  ], page.items, style, widthOf(io.stdout)));
  if (page.has_more) say(io, `There are more: --limit ${limit * 2}, or --cursor ${page.next_cursor ?? ''}`);
  return undefined;
}
