// The bulk formats, joined: records from the lake, bytes by the stream room, Parquet by the archive room.

import { createReadStream } from 'node:fs';
import { exportParquet } from '../archive/parquet-export.ts';
import { writingInto } from '../core/storage-failure.ts';
import type { Logger } from '../core/logger.ts';
import type { Questions } from '../core/answers/questions.ts';
import type { ExportStreams } from '../server/deps.ts';
import { adapterOf } from '../sources/registry.ts';
import { csv } from '../stream/csv.ts';
import { jsonl } from '../stream/jsonl.ts';
import { markdown } from '../stream/markdown.ts';
import { ndjson } from '../stream/ndjson.ts';

export function exportStreams(questions: Questions, tempDir: string, logger: Logger): ExportStreams {
  return {
    ndjson: (query, content, signal) => ndjson(questions, query, content, signal, (error) => logger.error({ err: error }, 'an export failed')),
    jsonl: (query, signal) => jsonl(questions, query, signal),
    csv: (query, content, signal) => csv(questions, query, content, signal),
    markdown: (query, signal) => markdown(questions, query, (source) => adapterOf(source).versions === true, signal),
    parquet: async (query, content, signal) => {
      const file = await writingInto(tempDir, () => exportParquet(questions.records(query, content, signal), tempDir, { signal, content }));
      return { chunks: fileChunks(file.path, file.dispose) };
    },
  };
}

async function* fileChunks(path: string, dispose: () => Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) yield chunk as Uint8Array;
  } finally {
    await dispose();
  }
}
