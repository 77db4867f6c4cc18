// `profile api|queries|ingest`: where the time goes, as a table or as JSON to compare a later run with.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { ExplainedQuery } from '../../core/answers/diagnostics.ts';
import { LakeError } from '../../core/errors.ts';
import { settingsOf, withClient, type Cli } from '../cli.ts';
import { bytes, count, rate } from '../humanize.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { jsonOption, wholeNumber } from '../option-values.ts';
import { changeOf, changeText, earlierValues } from '../profile/comparison.ts';
import { profileApi, requestsOf, type EndpointProfile } from '../profile/profile-api.ts';
import { addSettingOptions } from '../setting-options.ts';
import { renderTable, type Column } from '../table.ts';

interface ProfileOptions {
  requests: number;
  rounds: number;
  compare?: string;
  json?: true;
}

/** What was measured, and how it stands to an earlier run. */
type Compared<T> = T & { name: string; change: number | null };

export function addProfile(program: Command, cli: Cli): void {
  const profile = program.command('profile').helpGroup('Run:').description('where the time goes: endpoints, queries, indexing')
    .addHelpText('after', `
Examples:
  sessionlake profile api --json > before.json
  sessionlake profile api --compare before.json
  sessionlake profile queries
  sessionlake profile ingest --root ~/.claude/projects`);
  const requests = (): Option => new Option('--requests <NUMBER>', 'how many of each').default(50).argParser(wholeNumber(1, 10_000));
  const api = profile.command('api').description('ask every endpoint many times: p50, p95, p99, sizes').addOption(requests());
  const queries = profile.command('queries').description('explain every query as it runs, with what could be done about it');
  const ingest = profile.command('ingest').description('index the logs anew, into a folder that is thrown away')
    .addOption(new Option('--rounds <NUMBER>', 'how often').default(3).argParser(wholeNumber(1, 100)));
  for (const command of [api, queries, ingest]) command.option('--compare <FILE>', 'beside an earlier run, as --json printed it').addOption(jsonOption());
  addSettingOptions(ingest, 'daemon', cli.io);
  api.action(async (options: ProfileOptions) => profileEndpoints(cli, api, options));
  queries.action(async (options: ProfileOptions) => profileQueries(cli, queries, options));
  ingest.action(async (options: ProfileOptions) => profileIngest(cli, ingest, options));
}

async function profileEndpoints(cli: Cli, command: Command, { requests, compare, json }: ProfileOptions): Promise<void> {
  const earlier = compare === undefined ? null : earlierValues(compare, 'api', 'p95_ms');
  const { io, style } = cli;
  const profiles = await withClient(cli, command, (client) => profileApi(client, requests, (done, all) => {
    if (io.stderr.isTTY === true) io.stderr.write(`\r${done} of ${all}${done === all ? '\n' : ''}`);
  }));
  const items = compared(profiles, earlier, (endpoint) => endpoint.p95_ms);
  if (json === true) return writeJson(io, { profile: 'api', requests, items });
  const paint = { ok: style.dim, slow: style.yellow, critical: style.red };
  return print(cli, [
    { title: 'ENDPOINT', text: (row) => row.name, shrinkTo: 24 },
    { title: 'P50', text: (row) => ms(row.p50_ms), align: 'right' },
    { title: 'P95', text: (row) => ms(row.p95_ms), align: 'right' },
    { title: 'P99', text: (row) => ms(row.p99_ms), align: 'right' },
    { title: 'SIZE', text: (row) => bytes(row.bytes), align: 'right' },
    { title: 'SEVERITY', text: (row) => row.severity, paint: (text, row) => paint[row.severity](text) },
  ] satisfies Column<EndpointProfile>[], items, earlier !== null);
}

async function profileQueries(cli: Cli, command: Command, { compare, json }: ProfileOptions): Promise<void> {
  const earlier = compare === undefined ? null : earlierValues(compare, 'queries', 'ms');
  const explained = await withClient(cli, command, async (client) => {
    // Asked once, each leaves its statements behind.
    for (const { path, operation } of await requestsOf(client)) if (operation !== 'profileQueries') for await (const _chunk of (await client.stream(path, {})).chunks);
    return (await client.get<{ items: ExplainedQuery[] }>('/health/performance/queries')).items;
  });
  const items = compared(named(explained), earlier, (query) => query.ms);
  if (json === true) return writeJson(cli.io, { profile: 'queries', items });
  await print(cli, [
    { title: 'QUERY', text: (row) => row.name, shrinkTo: 20 },
    { title: 'MS', text: (row) => ms(row.ms), align: 'right' },
    { title: 'SCANNED', text: (row) => count(row.rows_scanned), align: 'right' },
    { title: 'ROWS', text: (row) => count(row.rows_returned), align: 'right' },
    { title: 'COSTLIEST', text: (row) => row.operators[0]?.name ?? '-' },
  ] satisfies Column<ExplainedQuery & { name: string }>[], items, earlier !== null);
  for (const { name, advice } of items) for (const line of advice) await writeLine(cli.io, `${cli.style.yellow('!')} ${name}: ${line}`);
}

interface IngestProfile {
  name: string;
  files: number;
  lines: number;
  bytes: number;
  ms: number;
  mb_per_second: number;
}

async function profileIngest(cli: Cli, command: Command, { rounds, compare, json }: ProfileOptions): Promise<void> {
  const earlier = compare === undefined ? null : earlierValues(compare, 'ingest', 'ms');
  const settings = settingsOf(cli, command);
  const { runOnce } = await cli.loadDaemon();
  const measured: IngestProfile[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const dataDir = mkdtempSync(join(tmpdir(), 'sessionlake-profile-'));
    try {
      const summary = await runOnce({ ...settings, dataDir, logLevel: 'error' }, { archive: false, progress: null });
      if (!summary.caught_up) throw new LakeError('unavailable', 'Stopped before everything was indexed.');
      const { files, lines, bytes_indexed: indexed, duration_ms: took } = summary;
      measured.push({ name: `round ${round}`, files, lines, bytes: indexed, ms: took, mb_per_second: Math.round(indexed / (100 * Math.max(1, took))) / 10 });
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  const items = compared(measured, earlier, (round) => round.ms);
  if (json === true) return writeJson(cli.io, { profile: 'ingest', items });
  return print(cli, [
    { title: 'ROUND', text: (row) => row.name },
    { title: 'FILES', text: (row) => count(row.files), align: 'right' },
    { title: 'LINES', text: (row) => count(row.lines), align: 'right' },
    { title: 'BYTES', text: (row) => bytes(row.bytes), align: 'right' },
    { title: 'MS', text: (row) => ms(row.ms), align: 'right' },
    { title: 'RATE', text: (row) => rate(row.mb_per_second * 1e6), align: 'right' },
  ] satisfies Column<IngestProfile>[], items, earlier !== null);
}

/** Several statements of one operation are told apart by their number. */
function named(queries: readonly ExplainedQuery[]): (ExplainedQuery & { name: string })[] {
  const seen = new Map<string, number>();
  const inOrder = queries.toSorted((a, b) => (a.operation === b.operation ? (a.sql < b.sql ? -1 : 1) : a.operation < b.operation ? -1 : 1));
  const withNames = inOrder.map((query) => {
    const number = (seen.get(query.operation) ?? 0) + 1;
    seen.set(query.operation, number);
    return Object.assign({ name: number === 1 ? query.operation : `${query.operation} (${number})` }, query);
  });
  return withNames.toSorted((a, b) => b.ms - a.ms);
}

function compared<T extends { name: string }>(items: readonly T[], earlier: ReadonlyMap<string, number> | null, valueOf: (item: T) => number): Compared<T>[] {
  return items.map((item) => Object.assign({ change: changeOf(earlier, item.name, valueOf(item)) }, item));
}

async function print<T>(cli: Cli, columns: readonly Column<T>[], items: readonly Compared<T>[], withChange: boolean): Promise<void> {
  const all: Column<Compared<T>>[] = [...columns, ...(withChange ? [{ title: 'CHANGE', text: (row: Compared<T>) => changeText(row.change), align: 'right' as const }] : [])];
  if (items.length === 0) return say(cli.io, 'There was nothing to measure.');
  return writeLine(cli.io, renderTable<Compared<T>>(all, items, cli.style, widthOf(cli.io.stdout)));
}

function ms(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}
