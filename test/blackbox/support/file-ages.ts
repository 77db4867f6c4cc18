// A copy gives every file the same age, and forks are told from originals by age: this gives each file the
// time of its last line, as if it had been written when its lines say.

import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

export function ageFiles(root: string): void {
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.jsonl')) continue;
    const path = join(root, name);
    const times = readFileSync(path, 'latin1').match(/(?<="timestamp": ?")[^"]+/g) ?? [];
    const last = times.map((time) => Date.parse(time)).filter((ms) => Number.isFinite(ms)).reduce((a, b) => Math.max(a, b), 0);
    if (last > 0) utimesSync(path, last / 1000, last / 1000);
  }
}
