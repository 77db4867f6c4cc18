// What `npm run build` compiles from AssemblyScript.

// oxlint-disable-next-line no-restricted-imports -- loads a part of the program, as an import would.
import { readFileSync } from 'node:fs';
import { builtUrl } from '../core/worker-url.ts';

/** Memory that both sides see. */
export interface SharedMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

// Node's types do not name it, and those of browsers would name far more than there is.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** The exports of a new instance. `path`: in dist. Throws where it was not built or the engine cannot run it. */
export function instantiateModule(path: string): unknown {
  const bytes = readFileSync(new URL(builtUrl(import.meta.url, path)));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
}
