// The log files below a folder.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export function logFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl')).map((name) => join(root, name));
}
