// A command run against a fake daemon, in memory.

import { run } from '../../../src/cli/run.ts';
import type { FakeDaemon } from './fake-daemon.ts';
import { memoryIo } from './memory-io.ts';
import type { MemoryOptions } from './memory-io.ts';

export async function againstDaemon(daemon: FakeDaemon, args: readonly string[], options: MemoryOptions) {
  const io = memoryIo(options);
  const code = await run([...args, '--data-dir', daemon.dataDir], io, () => Promise.reject(new Error('not here')));
  return { code, out: io.out(), err: io.err() };
}
