// Jobs as commands: by the daemon where one runs, else in this process; and how they ended.

import type { Command } from 'commander';
import type { JobRequest } from '../core/answers/jobs.ts';
import { isoOrNull } from '../core/time/time.ts';
import { settingsOf, type Cli } from './cli.ts';
import { say, writeJson, writeLine } from './io.ts';
import { jobFailure, runJob, type Job, type OwnJob } from './jobs.ts';
import { openDaemonClient, requireLake } from './open-client.ts';

/** Prints the result, or with `json` the job as the API gives it; one of no daemon has no id. Throws where it failed. */
export async function performJob(cli: Cli, command: Command, request: JobRequest, json: boolean, text: (result: unknown) => string): Promise<unknown> {
  const settings = settingsOf(cli, command);
  const client = await openDaemonClient(settings);
  if (client === null) {
    requireLake(settings);
    const began = cli.io.now();
    const result = await (await cli.loadDaemon()).performJob(settings, request);
    await reportJob(cli, { id: null, type: request.type, state: 'done', progress: null, created_at: isoOrNull(began), finished_at: isoOrNull(cli.io.now()), result, error: null }, json, text);
    return result;
  }
  try {
    const job = await runJob(client, request, progressTeller(cli));
    await reportJob(cli, job, json, text);
    return job.result;
  } finally {
    await client.close();
  }
}

/** The job as the API gives it, whether it went well or not; a failed one then ends the command. */
export async function reportJob(cli: Cli, job: Job | OwnJob, json: boolean, text: (result: unknown) => string): Promise<void> {
  const failure = jobFailure(job);
  if (json) await writeJson(cli.io, job);
  if (failure !== null) throw failure;
  if (!json) await writeLine(cli.io, text(job.result));
}

export function progressTeller({ io }: Cli): (job: Job) => void {
  let told = 0;
  return ({ progress }) => {
    if (io.stderr.isTTY !== true || progress === null || progress.total === 0) return;
    const percent = Math.floor((progress.done / progress.total) * 100);
    if (percent < told + 5) return;
    told = percent;
    say(io, `${percent} %`);
  };
}
