import { describe, expect, it } from 'vitest';
import { builtUrl, packageUrl, workerUrl } from '../../src/core/worker-url.ts';

const modules = [
  'file:///home/ada/lake/src/daemon.ts',
  'file:///home/ada/lake/src/ingest/scanner.ts',
  'file:///home/ada/lake/dist/cli/main.js',
  'file:///home/ada/lake/dist/chunks/daemon-AB12.js',
];

describe('files of the package', () => {
  it.each(modules)('are found from %s', (module) => {
    expect(packageUrl(module, 'package.json').href).toBe('file:///home/ada/lake/package.json');
    expect(builtUrl(module, 'sources/a.wasm')).toBe('file:///home/ada/lake/dist/sources/a.wasm');
    expect(workerUrl(module, 'ingest/scan-worker')).toBe('file:///home/ada/lake/dist/ingest/scan-worker.js');
  });

  it('are found where the folders above are called like ours', () => {
    expect(packageUrl('file:///src/dist/src/lake/dist/chunks/a.js', 'data/sample').href).toBe('file:///src/dist/src/lake/data/sample');
    expect(packageUrl('file:///x/dist/src/lake/src/cli/a.ts', 'data/sample').href).toBe('file:///x/dist/src/lake/data/sample');
  });
});
