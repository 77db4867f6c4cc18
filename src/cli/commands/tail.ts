// `tail`: what happens in every agent's session, as it happens. One line per record; connects again
// by itself and goes on where it was.

import { Option, type Command } from 'commander';
import { LakeError } from '../../core/errors.ts';
import type { Content, LakeRecord } from '../../core/answers/record.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { ApiClient } from '../api-client.ts';
import { settingsOf, type Cli } from '../cli.ts';
import { readDaemonFile, readToken } from '../daemon-file.ts';
import { say, widthOf, writeLine } from '../io.ts';
import type { LiveSink } from '../live-feed.ts';
import type { LiveFilter } from '../live-protocol.ts';
import { noDaemon, openDaemonClient } from '../open-client.ts';
import { addRecordFilters, jsonOption, offsetValue, wholeNumber, type RecordFilterOptions } from '../option-values.ts';
import { sessionIdOf } from '../session-id.ts';
import { styleOf } from '../style.ts';
import { lastRecords } from '../tail-history.ts';
import { localDay, tailLine } from '../tail-line.ts';

/** Lines from before, for a person. A program asked for what comes. */
const SHOWN_BEFORE = 10;

interface TailOptions extends RecordFilterOptions {
  since?: string;
  lines?: number;
  content: Content;
  json?: true;
}

export function addTail(program: Command, cli: Cli): void {
  const command = program.command('tail').helpGroup('Look:').description('show records live, one line each; reconnects and resumes by itself');
  addRecordFilters(command)
    .addOption(new Option('--since <OFFSET>', 'every record after this lake offset, then live ones').argParser(offsetValue).conflicts('lines'))
    .addOption(new Option('-n, --lines <NUMBER>', `first the last so many records (default: ${SHOWN_BEFORE}, with --json 0)`).argParser(wholeNumber(0, 10_000)))
    .addOption(new Option('--content <WHAT>', "with --json: how much of a line's content").choices(['none', 'text', 'raw']).default('text'))
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake tail                            everything, from every agent
  sessionlake tail --tool Bash,Edit           only records that call these tools
  sessionlake tail --session 3f2a91c0 -n 100  one session, its last 100 records first
  sessionlake tail --json --since 0 | jq .    all there is and all that comes, as NDJSON`)
    .action(async (options: TailOptions) => tail(cli, settingsOf(cli, command), options));
}

async function tail(cli: Cli, settings: Settings, options: TailOptions): Promise<void> {
  const client = await openDaemonClient(settings);
  if (client === null) throw noDaemon(settings);
  try {
    const filter = await filterOf(cli, client, options);
    // Here and not above: `ws` is of use to no other command.
    const { followLake } = await import('../live-feed.ts');
    await followLake({
      filter,
      content: options.json === true ? options.content : 'text',
      since: options.since ?? null,
      endpoint: () => {
        const daemon = readDaemonFile(settings.dataDir);
        return daemon === null ? null : { url: daemon.url, token: readToken(settings) };
      },
      sink: new TailSink(cli, client, filter, options),
      signal: AbortSignal.any([cli.io.interrupted(), cli.io.closed]),
    }, (reason) => new LakeError('unreachable', `The daemon cannot be followed: ${reason}.`, { hint: 'See whether it still runs: "sessionlake status".' }));
  } finally {
    await client.close();
  }
}

async function filterOf(cli: Cli, client: ApiClient, options: TailOptions): Promise<LiveFilter> {
  const filter: LiveFilter = {};
  const { session } = options;
  // Whoever mistyped it would wait for ever, and not know why.
  if (session !== undefined) filter.session = await sessionIdOf(client, session, () => notice(cli, `There is no session "${session}" yet: waiting for one of just this id. "sessionlake sessions" lists those there are.`));
  if (options.project !== undefined) filter.project = options.project;
  if (options.source !== undefined) filter.source = options.source;
  if (options.type !== undefined) filter.types = options.type;
  if (options.tool !== undefined) filter.tools = options.tool;
  return filter;
}

class TailSink implements LiveSink {
  readonly #cli: Cli;
  readonly #client: ApiClient;
  readonly #filter: LiveFilter;
  readonly #options: TailOptions;
  #day: string | null = null;

  constructor(cli: Cli, client: ApiClient, filter: LiveFilter, options: TailOptions) {
    this.#cli = cli;
    this.#client = client;
    this.#filter = filter;
    this.#options = options;
  }

  async begin(top: string): Promise<void> {
    const { since, json, lines, content } = this.#options;
    const count = since === undefined ? (lines ?? (json === true ? 0 : SHOWN_BEFORE)) : 0;
    if (count > 0) {
      const request = { filter: this.#filter, content: json === true ? content : ('text' as const), upto: top, count };
      for (const record of await lastRecords(this.#client, request)) await this.event(record);
    }
    if (this.#cli.io.stderr.isTTY === true) this.#tell(since === undefined ? 'Live: what is appended from now on shows here. Ctrl-C ends it.' : `Live from offset ${top}. Ctrl-C ends it.`);
  }

  async event(record: LakeRecord): Promise<void> {
    const { io, style } = this.#cli;
    if (this.#options.json === true) return writeLine(io, JSON.stringify(record));
    const width = widthOf(io.stdout);
    const day = localDay(record);
    if (width !== null && day !== null && day !== this.#day) {
      this.#day = day;
      await writeLine(io, style.dim(`── ${day} ${'─'.repeat(Math.max(0, width - day.length - 5))}`));
    }
    return writeLine(io, tailLine(record, { style, width }));
  }

  gap({ reason, from, to }: { reason: string; from: string; to: string }): void {
    const why = reason === 'epoch' ? 'the index was built anew' : reason === 'retention' ? 'older records are gone' : `offset ${from} is not reached yet`;
    this.#tell(`Gap after offset ${from}: ${why}; going on after offset ${to}. "sessionlake tail --since 0" shows everything again.`);
  }

  lost(reason: string): void {
    this.#tell(`Connection lost: ${reason}. Trying again until the daemon is back …`);
  }

  regained(offset: string): void {
    this.#tell(`Connected again; going on after offset ${offset}.`);
  }

  #tell(text: string): void {
    notice(this.#cli, text);
  }
}

function notice({ io }: Cli, text: string): void {
  say(io, styleOf(io, io.stderr).yellow(text));
}
