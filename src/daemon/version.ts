// The product's version, from its package.json.

import { readFileSync } from 'node:fs';
import { packageUrl } from '../core/worker-url.ts';

interface Manifest {
  version: string;
}

export const VERSION = (JSON.parse(readFileSync(packageUrl(import.meta.url, 'package.json'), 'utf8')) as Manifest).version;
