// The formats of /api/export: media type, file extension, and which bytes of the stream room they are;
// and the headers that say which state of the lake a stream shows.

import type { Content, RecordQuery } from '../core/answers/record.ts';
import type { ExportStreams } from './deps.ts';
import { invalid } from './query.ts';
import type { StreamBody } from './stream-responder.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';
export const NDJSON_TYPE = 'application/x-ndjson';

export interface ExportFormat {
  type: string;
  extension: string;
  trailerNames?: readonly string[];
  open(streams: ExportStreams, query: RecordQuery, content: Content, signal: AbortSignal): StreamBody | Promise<StreamBody>;
}

export const EXPORT_FORMATS = {
  ndjson: {
    type: NDJSON_TYPE,
    extension: 'ndjson',
    open: (streams, query, content, signal) => ({ chunks: streams.ndjson(query, content, signal) }),
  },
  jsonl: {
    type: NDJSON_TYPE,
    extension: 'jsonl',
    trailerNames: ['X-Rows', 'X-Sha256'],
    open: (streams, query, _content, signal) => {
      const { chunks, trailers } = streams.jsonl(query, signal);
      return {
        chunks,
        trailers: () => {
          const { rows, sha256 } = trailers();
          return { 'X-Rows': String(rows), 'X-Sha256': sha256 };
        },
      };
    },
  },
  csv: {
    type: 'text/csv; charset=utf-8',
    extension: 'csv',
    open: (streams, query, content, signal) => ({ chunks: streams.csv(query, content, signal) }),
  },
  parquet: {
    type: 'application/vnd.apache.parquet',
    extension: 'parquet',
    open: (streams, query, content, signal) => {
      if (streams.parquet === undefined) {
        throw invalid('format', 'Parquet cannot be exported here.', { hint: 'Use format=csv or format=ndjson.' });
      }
      return streams.parquet(query, content, signal);
    },
  },
  markdown: {
    type: 'text/markdown; charset=utf-8',
    extension: 'md',
    open: (streams, query, _content, signal) => ({ chunks: streams.markdown(query, signal) }),
  },
} as const satisfies Record<string, ExportFormat>;

type ExportFormatName = keyof typeof EXPORT_FORMATS;
export const EXPORT_FORMAT_NAMES = Object.keys(EXPORT_FORMATS) as ExportFormatName[];

export function lakeHeaders(upto: number, epoch: string): Record<string, string> {
  return { 'x-lake-top': String(upto), 'x-lake-epoch': epoch };
}
