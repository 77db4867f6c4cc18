// JSON.parse of every line, and nothing kept.

import { readFileSync } from 'node:fs';
import { logFiles } from './log-files.ts';

export function jsonParse(root: string): void {
  for (const path of logFiles(root)) for (const line of linesOf(readFileSync(path))) parse(line);
}

export function* linesOf(bytes: Buffer): Generator<string> {
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline;
    yield bytes.toString('utf8', start, end);
    start = end + 1;
  }
}

function parse(line: string): void {
  try {
    JSON.parse(line);
  } catch {
    // A line that is no JSON costs as much.
  }
}
