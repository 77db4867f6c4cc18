// `search QUERY`: records whose text has something, the newest first, with what stands around it.

import type { Command } from 'commander';
import { LakeError } from '../../core/errors.ts';
import type { SearchHit, SearchPage } from '../../core/answers/search.ts';
import type { ApiClient } from '../api-client.ts';
import { withClient, type Cli } from '../cli.ts';
import { bytes } from '../humanize.ts';
import { say, writeJson, writeLine, type Io } from '../io.ts';
import { addFurtherFilters, addRecordFilters, cursorOption, furtherFilters, jsonOption, limitOption, timeValue, type FurtherFilterOptions, type RecordFilterOptions } from '../option-values.ts';
import { printable } from '../printable.ts';
import { findSession } from '../session-id.ts';
import type { Style } from '../style.ts';

const PAGE_MAX = 200;

interface SearchOptions extends RecordFilterOptions, FurtherFilterOptions {
  since?: string;
  until?: string;
  limit: number;
  cursor?: string;
  json?: true;
}

export function addSearch(program: Command, cli: Cli): void {
  const time = timeValue(cli.io.now());
  const command = program.command('search').helpGroup('Look:').description('find text in records, letter case ignored, the newest first')
    .argument('<QUERY>', 'what the text has');
  addFurtherFilters(addRecordFilters(command))
    .option('--since <TIME>', 'from then on: 2026-11-20, 12h, 7d', time)
    .option('--until <TIME>', 'before then', time)
    .addOption(limitOption(20, 100_000))
    .addOption(cursorOption())
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake search "rate limit"               the last 20 records that say so
  sessionlake search ENOENT --tool Bash --since 7d`)
    .action(async (query: string, options: SearchOptions) => search(cli, command, query, options));
}

async function search(cli: Cli, command: Command, q: string, options: SearchOptions): Promise<void> {
  const { io, style } = cli;
  const page = await withClient(cli, command, (client) => allHits(client, io, q, options));
  if (options.json === true) await writeJson(io, page);
  if (page.items.length === 0 && !page.has_more) throw new LakeError('not_found', `No record has ${JSON.stringify(q)} in its text.`, { hint: 'Leave out a filter, or search for a part of it.' });
  if (options.json === true) return;
  for (const hit of page.items) await writeLine(io, `${heading(hit, style)}\n  ${marked(hit, style)}`);
  if (page.has_more) say(io, `There may be more: --limit ${options.limit * 2}, or --cursor ${page.next_cursor ?? ''}`);
}

/** Page after page, however few hits one has, until there are enough. */
async function allHits(client: ApiClient, io: Io, q: string, options: SearchOptions): Promise<SearchPage> {
  const { limit, cursor: from, json: _json, isError: _isError, ...filters } = options;
  const session = filters.session === undefined ? undefined : (await findSession(client, filters.session)).id;
  const items: SearchHit[] = [];
  let searched = 0;
  for (let cursor = from; ; ) {
    const page = await client.get<SearchPage>('/api/search', { ...filters, ...furtherFilters(options), session, q, limit: Math.min(PAGE_MAX, limit - items.length), cursor });
    items.push(...page.items);
    searched += page.searched_bytes;
    const ends = !page.has_more || items.length >= limit || io.closed.aborted;
    if (io.stderr.isTTY === true) io.stderr.write(ends ? '\r\u001b[K' : `\r\u001b[KSearched ${bytes(searched)}`);
    if (ends) return { ...page, items, searched_bytes: searched };
    cursor = page.next_cursor ?? undefined;
  }
}

function heading({ ts, session_id, type, role, project }: SearchHit, style: Style): string {
  return [style.dim(ts ?? '-'), style.cyan(printable(session_id.slice(0, 8))), printable(role ?? type ?? '-'), style.dim(printable(project))].join('  ');
}

const [OPEN, CLOSE] = ['\ue000', '\ue001'];

/** On one line, with what was found standing out. */
function marked({ snippet, highlights }: SearchHit, style: Style): string {
  let [text, at] = ['', 0];
  const plain = (from: number, to: number): string => snippet.slice(from, to).replaceAll(OPEN, '').replaceAll(CLOSE, '');
  for (const [from, to] of highlights) {
    text += `${plain(at, from)}${OPEN}${plain(from, to)}${CLOSE}`;
    at = to;
  }
  return printable(text + plain(at, snippet.length)).replaceAll(/\ue000(.*?)\ue001/g, (_, found: string) => style.yellow(found));
}
