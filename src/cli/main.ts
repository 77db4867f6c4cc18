// The entry of the executable: nothing but the world outside and the exit code.

import { systemIo } from './io.ts';
import { run } from './run.ts';

void main();

async function main(): Promise<void> {
  const io = systemIo();
  const code = await run(process.argv.slice(2), io);
  // What is still in the pipes belongs to the reader; only then may open handles not hold the process.
  for (const output of [process.stdout, process.stderr]) {
    if (output.writable) await new Promise((resolve) => output.write('', resolve));
  }
  process.exit(code);
}
