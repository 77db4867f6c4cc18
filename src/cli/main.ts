// The entry of the executable: nothing but the world outside and the exit code.

import { EXIT, messageOf, systemCode } from '../core/errors.ts';
import { say, systemIo } from './io.ts';
import { run } from './run.ts';

void main();

async function main(): Promise<void> {
  const io = systemIo();
  let lost: unknown;
  // A reader that leaves has what it wanted; a disk that is full has not.
  process.stdout.on('error', (error) => { if (systemCode(error) !== 'EPIPE') lost ??= error; });
  const code = await run(process.argv.slice(2), io);
  // What is still in the pipes belongs to the reader; only then may open handles not hold the process.
  for (const output of [process.stdout, process.stderr]) {
    if (output.writable) await new Promise((resolve) => output.write('', resolve));
  }
  if (lost !== undefined) say(io, `error: The output could not be written: ${messageOf(lost)}`);
  process.exit(lost === undefined || code !== EXIT.ok ? code : EXIT.failed);
}
