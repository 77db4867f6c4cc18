// What views of a session are made from: its rows and sums, and the text of its lines.

import type { StreamParts } from '../record-stream.ts';
import type { SessionParts } from './sessions.ts';

export type ViewParts = SessionParts & StreamParts;
