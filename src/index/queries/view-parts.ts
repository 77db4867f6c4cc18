// What views of a session are made from: its rows and sums, and the text of its lines.

import type { FileBook } from '../files/file-book.ts';
import type { HeldSessions } from '../held/held-sessions.ts';
import type { StreamParts } from '../lines/record-stream.ts';
import type { SessionParts } from './sessions.ts';

export interface ViewParts extends SessionParts, StreamParts {
  /** Rows in memory of the sessions that were asked about lately. */
  held: HeldSessions;
  /** Where files lie. */
  files: FileBook;
}
