// A process that writes parts of a lake as they are handed in, one after the other.

import { writePart, type DirectoryOptions } from './generate.ts';

process.on('message', (options: DirectoryOptions) => {
  process.send?.(writePart(options));
});
