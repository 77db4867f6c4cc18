// The product's version, from package.json: the same file from source and when built.

import { readFileSync } from 'node:fs';

export function productVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
