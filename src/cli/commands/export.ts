// `export`: everything the filters let through, as NDJSON, source lines, CSV, Parquet or Markdown;
// checked to be whole before it is called done.

import { Option, type Command } from 'commander';
import { LakeError } from '../../core/errors.ts';
import type { ApiClient, ApiStream, Query } from '../api-client.ts';
import { withClient, type Cli } from '../cli.ts';
import { exportCheck, type ExportCheck } from '../export-check.ts';
import { exportTarget, namesOutput, type ExportTarget } from '../export-target.ts';
import { bytes, plural, rate } from '../humanize.ts';
import { say, type Io } from '../io.ts';
import { addFurtherFilters, addRecordFilters, furtherFilters, offsetValue, timeValue, truthOption, type FurtherFilterOptions, type RecordFilterOptions } from '../option-values.ts';
import { SpeedMeter } from '../progress.ts';
import { findSession } from '../session-id.ts';

const PROGRESS_EVERY_MS = 250;

interface ExportOptions extends RecordFilterOptions, FurtherFilterOptions {
  format: string;
  since?: string;
  until?: string;
  after?: string;
  upto?: string;
  duplicates?: boolean;
  content?: string;
  output?: string;
}

export function addExport(program: Command, cli: Cli): void {
  const time = timeValue(cli.io.now());
  const command = program.command('export').helpGroup('Keep:').description('write records or source lines to a file or to standard output')
    .addOption(new Option('--format <FORMAT>', 'jsonl: the source lines, byte for byte; markdown: a transcript of one session').choices(['ndjson', 'jsonl', 'csv', 'parquet', 'markdown']).default('ndjson'));
  addFurtherFilters(addRecordFilters(command))
    .addOption(new Option('--since <TIME>', 'from then on: 2026-11-20, 12h, 7d').argParser(time))
    .addOption(new Option('--until <TIME>', 'before then').argParser(time))
    .addOption(new Option('--after <OFFSET>', 'only what comes after this lake offset, e.g. the last of an earlier export').argParser(offsetValue))
    .addOption(new Option('--upto <OFFSET>', 'nothing beyond this lake offset').argParser(offsetValue))
    .addOption(truthOption('--duplicates [BOOL]', 'with lines that repeat a record; jsonl has them anyway, unless false'))
    .addOption(new Option('--content <WHAT>', "how much of a line's content goes with its record").choices(['none', 'text', 'raw']))
    .option('-o, --output <FILE>', 'write this file, once the export is whole; - is standard output')
    .addHelpText('after', `
Examples:
  sessionlake export --since 7d -o week.ndjson              the last week's records
  sessionlake export --format jsonl --session 3f2a91c0      a session's lines as the agent wrote them
  sessionlake export --format markdown --session 3f2a91c0   a readable transcript
  sessionlake export --format parquet -o all.parquet        for DuckDB, pandas, Spark, …`)
    .action(async (options: ExportOptions) => {
      if (options.format === 'markdown' && options.session === undefined) throw new LakeError('usage', 'A markdown export is the transcript of one session.', { hint: 'Add --session ID.' });
      if (options.format === 'parquet' && namesOutput(options.output) && cli.io.stdout.isTTY === true) {
        throw new LakeError('usage', 'Parquet is not for a terminal.', { hint: 'Give a file with -o, or send the output into one.' });
      }
      await withClient(cli, command, (client) => exportLake(cli.io, client, options));
    });
}

async function exportLake(io: Io, client: ApiClient, options: ExportOptions): Promise<void> {
  const { output, isError: _, ...query } = options;
  const session = options.session === undefined ? undefined : (await findSession(client, options.session)).id;
  const answer = await client.stream('/api/export', { ...query, ...furtherFilters(options), session } satisfies Query);
  const file = namesOutput(output) ? undefined : output;
  const target = await exportTarget(io, file);
  const meter = new ExportMeter(io, file !== undefined || io.stdout.isTTY !== true);
  try {
    const rows = await pump(io, answer, exportCheck(options.format), target, meter);
    if (rows === 'left') return;
    await target.finish();
    meter.done(rows, file);
  } catch (error) {
    meter.clear();
    await target.discard();
    throw error;
  }
}

/** The rows, where they are known; `left`: whoever read the output went away, and wants no more. */
async function pump(io: Io, answer: ApiStream, check: ExportCheck, target: ExportTarget, meter: ExportMeter): Promise<number | null | 'left'> {
  const chunks = answer.chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await nextChunk(chunks, check);
      if (next.done === true) return check.finish(answer.trailers());
      check.add(next.value);
      await target.write(next.value);
      if (io.closed.aborted) return 'left';
      meter.add(next.value.length);
    }
  } finally {
    await chunks.return?.();
  }
}

async function nextChunk(chunks: AsyncIterator<Uint8Array>, check: ExportCheck): Promise<IteratorResult<Uint8Array>> {
  try {
    return await chunks.next();
  } catch (error) {
    throw check.broken('the connection to the daemon broke', error);
  }
}

/** What was written so far, on a terminal. */
class ExportMeter {
  readonly #io: Io;
  readonly #shown: boolean;
  readonly #speed: SpeedMeter;
  #bytes = 0;
  #shownMs = 0;

  constructor(io: Io, dataElsewhere: boolean) {
    this.#io = io;
    this.#shown = dataElsewhere && io.stderr.isTTY === true;
    this.#speed = new SpeedMeter(io.now(), 0);
  }

  add(length: number): void {
    this.#bytes += length;
    const nowMs = this.#io.now();
    if (!this.#shown || nowMs - this.#shownMs < PROGRESS_EVERY_MS) return;
    this.#shownMs = nowMs;
    this.#io.stderr.write(`\r\u001b[KExporting: ${bytes(this.#bytes)}, ${rate(this.#speed.update(nowMs, this.#bytes))}`);
  }

  clear(): void {
    if (this.#shown && this.#shownMs > 0) this.#io.stderr.write('\r\u001b[K');
  }

  done(rows: number | null, file: string | undefined): void {
    this.clear();
    if (!this.#shown && file === undefined) return;
    say(this.#io, `${rows === null ? '' : `${plural(rows, 'row')}, `}${bytes(this.#bytes)}${file === undefined ? '' : ` written to ${file}`}.`);
  }
}
