// Jobs as commands: by the daemon where one runs, else in this process; and how they ended.

import type { Command } from 'commander';
import type { JobRequest } from '../core/answers/jobs.ts';
import { settingsOf, type Cli } from './cli.ts';
import { say, writeJson, writeLine } from './io.ts';
import { jobFailure, runJob, type Job } from './jobs.ts';
import { openDaemonClient } from './open-client.ts';

/** Prints the result, or with `json` the job as the API gives it; without a daemon the result alone. Throws where it failed. */
export async function performJob(cli: Cli, command: Command, request: JobRequest, json: boolean, text: (result: unknown) => string): Promise<unknown> {
  const settings = settingsOf(cli, command);
  const client = await openDaemonClient(settings);
  if (client === null) {
    const result = await (await cli.loadDaemon()).performJob(settings, request);
    await (json ? writeJson(cli.io, result) : writeLine(cli.io, text(result)));
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
export async function reportJob(cli: Cli, job: Job, json: boolean, text: (result: unknown) => string): Promise<void> {
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
