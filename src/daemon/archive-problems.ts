// What of logs is in no part and will be in none, as problems of /api/status.

import { ARCHIVED_LINE_MAX_BYTES, sizeOf } from '../core/archive-port.ts';
import type { ArchiveSegment, LongLines } from '../core/archive-port.ts';
import type { Problems } from '../ingest/problems.ts';

const LONG_LINE = 'long_line';

/** A log that was deleted before it was archived. */
export function tellLostLog(problems: Problems, segment: ArchiveSegment): void {
  const path = `${segment.root}/${segment.path}`;
  problems.raise('lost_log', `${path} is gone and was not archived before: unless it comes back, the text of ${sizeOf(segment)} bytes of indexed lines is lost. Their records stay.`, {
    path, hint: 'Should it come back, as on a disk that was not there, it is archived after all. Where logs are deleted soon, lower --archive-idle-minutes or leave the daemon running.',
  });
}

/** Of all files that have such lines: who is not among them any more has none. */
export function tellLongLines(problems: Problems, files: readonly LongLines[]): void {
  problems.keepOnly(LONG_LINE, files.map(({ path }) => path));
  for (const file of files) {
    problems.raise(LONG_LINE, messageOf(file), {
      path: file.path,
      hint: file.gone ? 'Nothing has its bytes any more. "sessionlake export --format jsonl" gives the other lines.' : 'Where the line matters, keep a copy of the log: once it is deleted, nothing else has that line.',
    });
  }
}

function messageOf({ path, gone, lines }: LongLines): string {
  const ranges = lines.slice(0, 3).map(({ from, to }) => `${from} to ${to}`).join(', ');
  const others = lines.length > 3 ? ` and ${lines.length - 3} others` : '';
  return `Lines longer than ${ARCHIVED_LINE_MAX_BYTES} bytes are not archived; of ${path} that is bytes ${ranges}${others}. ${gone ? 'They are gone with the log' : 'They are only in the log'}; the lines before and after are archived as others are.`;
}
