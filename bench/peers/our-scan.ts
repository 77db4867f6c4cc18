// Our scan alone, of every file whole, on this thread: bytes to columns, and nothing kept.

import { readFileSync } from 'node:fs';
import { scanSegment } from '../../src/sources/scan.ts';
import { logFiles } from './log-files.ts';

const OPTIONS = { jsonl: { id: null, time: null, type: null, session: null, text: null, parent: null } };

export function ourScan(root: string): void {
  for (const path of logFiles(root)) {
    scanSegment({ source: 'claude-code', options: OPTIONS, bytes: readFileSync(path), firstByte: 0, linesBefore: 0, path: { root, path }, state: '', lineMaxBytes: 1 << 28 });
  }
}
