// Headers that say which state of the lake a stream shows, and media types of streams.

export const NDJSON_TYPE = 'application/x-ndjson';

export function lakeHeaders(upto: number, epoch: string): Record<string, string> {
  return { 'x-lake-top': String(upto), 'x-lake-epoch': epoch };
}
