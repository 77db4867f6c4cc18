// Records as lines of JSON, over any range of the lake, in offset order: columns in, bytes out.

import type { SourceFiles } from '../../core/archive-port.ts';
import { JsonBytes } from '../../core/bytes/json-bytes.ts';
import type { LineChunk } from '../../core/answers/questions.ts';
import type { Content, RecordQuery } from '../../core/answers/record.ts';
import type { AdapterOptions } from '../../sources/adapter.ts';
import type { AbsentLines } from './absent-lines.ts';
import type { Directories } from '../names/directories.ts';
import { LineRuns } from './line-runs.ts';
import { offsetWindows } from './offset-windows.ts';
import type { Readers } from '../store/readers.ts';
import { RecordJson } from './record-json.ts';
import { RECORD_WINDOW_ROWS, recordReader } from './record-window.ts';
import type { RecordChunk, RecordWindow } from './record-window.ts';

/** A chunk is given out once it is so large; lines of one run may make it larger. */
const CHUNK_BYTES = 128 * 1024;

export interface RecordLineParts {
  readers: Readers;
  names: Directories;
  sources: SourceFiles;
  absent: AbsentLines;
  adapterOptions: AdapterOptions;
}

export async function* recordLines(parts: RecordLineParts, query: RecordQuery, content: Content, signal?: AbortSignal): AsyncGenerator<LineChunk> {
  const left = query.limit ?? Number.POSITIVE_INFINITY;
  const windows = offsetWindows(query, RECORD_WINDOW_ROWS, recordReader(parts.readers, parts.names, query), { ahead: left > RECORD_WINDOW_ROWS, signal });
  const printer = new RecordPrinter(parts, content, left, query.after);
  try {
    for await (const window of windows) {
      for await (const chunk of printer.print(window)) {
        yield chunk;
        if (signal?.aborted === true) return;
      }
      if (printer.left === 0) break;
    }
    if (!printer.isEmpty) yield printer.take();
  } finally {
    printer.release();
  }
}

class RecordPrinter {
  left: number;
  private readonly content: Content;
  private readonly out = new JsonBytes(CHUNK_BYTES * 2);
  private readonly json: RecordJson;
  private readonly runs: LineRuns;
  private rows = 0;
  private last: number;

  constructor({ names, sources, absent, adapterOptions }: RecordLineParts, content: Content, left: number, after: number) {
    this.content = content;
    this.left = left;
    this.last = after;
    this.json = new RecordJson(names, adapterOptions, content, this.out);
    this.runs = new LineRuns(sources, absent);
  }

  get isEmpty(): boolean {
    return this.rows === 0;
  }

  async *print(window: RecordWindow): AsyncGenerator<LineChunk> {
    for (const chunk of window.chunks) {
      const end = Math.min(chunk.rows, this.left);
      for (let row = 0; row < end; ) {
        row = this.content === 'none' ? this.bare(chunk, row, end) : await this.runs.visit(chunk, row, end, (at, line) => this.write(chunk, at, line));
        if (this.out.size >= CHUNK_BYTES) yield this.take();
      }
      this.left -= end;
    }
  }

  /** Valid until the next one is asked for; no file is held meanwhile. */
  take(): LineChunk {
    this.release();
    const taken = { bytes: this.out.written, rows: this.rows, last: this.last };
    this.out.clear();
    this.rows = 0;
    return taken;
  }

  release(): void {
    this.runs.release();
  }

  /** Rows without content, until a chunk is full. */
  private bare(chunk: RecordChunk, first: number, end: number): number {
    let row = first;
    while (row < end && this.out.size < CHUNK_BYTES) this.write(chunk, row++, null);
    return row;
  }

  private write(chunk: RecordChunk, row: number, line: Uint8Array | null): void {
    this.json.write(chunk, row, line);
    this.last = chunk.offset[row] as number;
    this.rows += 1;
  }
}
