// The product's version, from package.json: the same file from source and when built.

import { readFileSync } from 'node:fs';
import { packageUrl } from '../core/worker-url.ts';

export function productVersion(): string {
  const text = readFileSync(packageUrl(import.meta.url, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
