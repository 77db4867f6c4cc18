// Source lines as they are, over any range of the lake, in offset order. Glued records come back as the
// one line they were.

import type { LineChunk } from '../../core/answers/questions.ts';
import type { RecordQuery } from '../../core/answers/record.ts';
import type { SourceFiles } from '../../core/archive-port.ts';
import type { ArchivedLines } from './archived-lines.ts';
import type { Directories } from '../names/directories.ts';
import { LineCopier } from './line-copier.ts';
import { LINE_WINDOW_ROWS, lineReader } from './line-window.ts';
import { offsetWindows } from './offset-windows.ts';
import type { Readers } from '../store/readers.ts';

export interface LineParts {
  readers: Readers;
  names: Directories;
  sources: SourceFiles;
  archived: ArchivedLines;
}

export async function* lineChunks(parts: LineParts, query: RecordQuery, signal?: AbortSignal): AsyncGenerator<LineChunk> {
  const read = lineReader(parts.readers, parts.names, query);
  const copier = new LineCopier(parts.sources, parts.archived, query.after);
  try {
    for await (const window of offsetWindows(query, LINE_WINDOW_ROWS, read, { ahead: true, signal })) {
      for await (const chunk of copier.copy(window)) {
        yield chunk;
        if (signal?.aborted === true) return;
      }
    }
    const { open } = copier;
    // What follows on the same line may lie beyond `upto`: then its newline does too.
    if (open !== null && !copier.goesOn(await read([open.offset, open.offset + 1]), 0)) yield* copier.endLine();
    if (!copier.isEmpty) yield copier.take();
    copier.end();
  } finally {
    copier.release();
  }
}
