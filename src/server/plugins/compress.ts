// JSON and text above 1 KiB, compressed where the client accepts it. Exports and other streams go
// around it: they are written to the connection as they are.

import compress from '@fastify/compress';
import { constants } from 'node:zlib';
import type { App } from '../app.ts';

const THRESHOLD_BYTES = 1024;

/** Before the routes: it hooks into each as it is added. */
export async function installCompress(app: App): Promise<void> {
  await app.register(compress, {
    threshold: THRESHOLD_BYTES,
    encodings: ['br', 'gzip'],
    globalDecompression: false,
    // Fast levels: over loopback the time to compress is the time to answer.
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } },
    zlibOptions: { level: 3 },
  });
}
