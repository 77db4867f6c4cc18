// `doctor`: holds the index against the files and the archive, says what differs and what to do about it, and
// with --repair does what can be done without losing anything.

import type { Command } from 'commander';
import { LakeError } from '../../core/errors.ts';
import type { Finding, ReconcileAnswer, RepairResult } from '../../core/answers/reconcile.ts';
import { settingsOf, withClient, type Cli } from '../cli.ts';
import { bytes, count, duration, plural } from '../humanize.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { jobFailure, runJob } from '../jobs.ts';
import { openDaemonClient, requireLake } from '../open-client.ts';
import { jsonOption } from '../option-values.ts';
import { progressTeller } from '../perform-job.ts';
import { printable } from '../printable.ts';
import { renderTable } from '../table.ts';

interface DoctorOptions {
  repair?: true;
  json?: true;
}

export function addDoctor(program: Command, cli: Cli): void {
  const command = program.command('doctor').helpGroup('Keep:').description('hold the index against the files and the archive; exit code 1 where they differ')
    .option('--repair', 'put right what can be without losing anything')
    .addOption(jsonOption())
    .addHelpText('after', `
Examples:
  sessionlake doctor            reads every part of the archive and looks at every file
  sessionlake doctor --repair   indexes, archives and adds up again what is wrong`)
    .action(async (options: DoctorOptions) => (options.repair === true ? repair(cli, command, options) : examine(cli, command, options)));
}

async function examine(cli: Cli, command: Command, options: DoctorOptions): Promise<void> {
  const answer = await withClient(cli, command, async (client) => {
    const job = await runJob(client, { type: 'reconcile' }, progressTeller(cli));
    const failure = jobFailure(job);
    if (failure !== null) throw failure;
    return job.result as ReconcileAnswer;
  });
  if (options.json === true) await writeJson(cli.io, answer);
  else await show(cli, answer);
  conclude(answer, 'doctor --repair');
}

async function repair(cli: Cli, command: Command, options: DoctorOptions): Promise<void> {
  const result = await repaired(cli, command);
  if (options.json === true) await writeJson(cli.io, result);
  else {
    for (const done of result.done) await writeLine(cli.io, `- ${printable(done)}`);
    await show(cli, result.after);
  }
  conclude(result.after, null);
}

async function repaired(cli: Cli, command: Command): Promise<RepairResult> {
  const settings = settingsOf(cli, command);
  const client = await openDaemonClient(settings);
  if (client === null) {
    requireLake(settings);
    return (await (await cli.loadDaemon()).performJob(settings, { type: 'repair' })) as RepairResult;
  }
  try {
    const job = await runJob(client, { type: 'repair' }, progressTeller(cli));
    const failure = jobFailure(job);
    if (failure !== null) throw failure;
    return job.result as RepairResult;
  } finally {
    await client.close();
  }
}

async function show({ io, style }: Cli, answer: ReconcileAnswer): Promise<void> {
  const { files, bytes: size, parts, part_bytes: partSize, sessions } = answer.checked;
  const compared = `${plural(files, 'file')} (${bytes(size)}), ${plural(parts, 'part')} (${bytes(partSize)}) and the sums of ${plural(sessions, 'session')} compared in ${duration(answer.duration_ms)}`;
  await writeLine(io, `${compared}: ${answer.ok ? style.green('nothing differs') : style.red(plural(answer.items.filter(({ severity }) => severity === 'error').length, 'difference'))}.`);
  if (answer.items.length === 0) return;
  await writeLine(io, renderTable<Finding>([
    { title: 'WHAT', text: (found) => found.code, paint: style.yellow },
    { title: 'WHERE', text: (found) => printable(found.message), shrinkTo: 40 },
  ], answer.items, style, widthOf(io.stdout)));
  if (answer.truncated) say(io, `Only the first ${count(answer.items.length)} are shown.`);
  for (const code of new Set(answer.items.map((found) => found.code))) {
    await writeLine(io, `${style.dim(code)}: ${answer.items.find((found) => found.code === code)?.hint ?? ''}`);
  }
}

function conclude(answer: ReconcileAnswer, command: string | null): void {
  if (answer.ok) return;
  const errors = answer.items.filter(({ severity }) => severity === 'error');
  const hint = command !== null && errors.some(({ repairable }) => repairable) ? `"sessionlake ${command}" puts right what can be.` : 'What is said of each above is left to do.';
  throw new LakeError('archive', `The index differs from the files or the archive in ${plural(errors.length, 'place')}${answer.truncated ? ' and more' : ''}.`, { hint });
}
